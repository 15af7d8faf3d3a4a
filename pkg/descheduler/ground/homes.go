package ground

import (
	"fmt"
	"math"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Search asks the rules that evict about homes of one pod.
type Search struct {
	ground *Ground
	victim *plan.Pod
	// governs says which rules govern what comes in the victim's place.
	governs map[rules.Key]bool
	// asked has by node what the rules were asked of it last.
	asked map[string]engine.Candidate
}

// Search begins to look for a home of a pod; replacement is what rules look at in the pod
// that will come in its place.
func (g *Ground) Search(victim *plan.Pod, replacement engine.PodFacts) *Search {
	s := &Search{ground: g, victim: victim, governs: map[rules.Key]bool{}, asked: map[string]engine.Candidate{}}
	for _, key := range g.Order {
		_, here := victim.Governed[key]
		s.governs[key] = here || g.Board.Spares(key, replacement) == ""
	}
	return s
}

// Suits says whether rules let a node be the home: those of the cluster whether they would
// stay clear there, whose pods are moved there is all the same; those that govern the pod
// also whether it is one of their homes. The rules of another namespace have no say. need
// is what the replacement is judged by, and beside what comes to the node as well. room
// is what is left before the nearest line, in parts of that line; why is for people.
func (s *Search) Suits(node string, need, beside engine.Amounts) (room float64, ok bool, why string) {
	c := engine.Candidate{Node: node, Need: need, Arrived: beside}
	s.asked[node] = c
	room = math.Inf(1)
	for _, key := range s.ground.Order {
		answer := engine.HomeAnswer{Home: true}
		switch {
		case s.governs[key]:
			answer = s.ground.Board.Home(key, c)
		case key.Namespace == "":
			answer = s.ground.Board.Clear(key, c)
		}
		if !answer.Home {
			return 0, false, unsuited(key, answer)
		}
		room = min(room, s.ground.room(key, c))
	}
	return room, true, ""
}

// unsuited says why a node is no home, equal for nodes that are so for one reason.
func unsuited(key rules.Key, answer engine.HomeAnswer) string {
	if answer.Unknown {
		return fmt.Sprintf("node(s) of which telemetry rule %s cannot tell", key)
	}
	return fmt.Sprintf("node(s) would not be clear of telemetry rule %s", key)
}

// room is what is left before the nearest line of a rule, in parts of that line.
func (g *Ground) room(key rules.Key, c engine.Candidate) float64 {
	room := math.Inf(1)
	g.eachForecast(key, c, func(leaf *rules.Leaf, f *engine.LeafForecast) {
		if line := math.Abs(leaf.Threshold); line > 0 {
			room = min(room, (f.Left-f.Pod)/line)
		}
	})
	return room
}

// eachForecast visits what the pod makes of each comparison of a rule.
func (g *Ground) eachForecast(key rules.Key, c engine.Candidate, visit func(*rules.Leaf, *engine.LeafForecast)) {
	forecast, known := g.Board.Forecast(key, c)
	if !known {
		return
	}
	i := 0
	for leaf := range g.Policies[key].Rule.When.Leaves() {
		if f := forecast.Leaves[i]; f != nil {
			visit(leaf, f)
		}
		i++
	}
}

// Sentence says how a node that was asked about would stand with the pod, by the metrics
// of the rules that trouble the pod's own.
func (s *Search) Sentence(node string) string {
	var out []string
	said := map[string]bool{}
	for _, key := range s.ground.Order {
		if _, governs := s.victim.Governed[key]; !governs {
			continue
		}
		s.ground.eachForecast(key, s.asked[node], func(leaf *rules.Leaf, f *engine.LeafForecast) {
			if !said[leaf.Metric] {
				said[leaf.Metric] = true
				out = append(out, fmt.Sprintf("%s would be %s", leaf.Metric, engine.FormatValue(f.With, s.ground.unit(leaf.Metric))))
			}
		})
	}
	return strings.Join(out, ", ")
}

func (g *Ground) unit(metric string) rules.Unit { return g.Board.RuleSet().Metrics[metric].Unit }
