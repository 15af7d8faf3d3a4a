package descheduler

import (
	"context"
	"fmt"
	"math"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// seeker finds the pods of a plan, and their homes.
type seeker struct {
	ctx     context.Context
	d       *Descheduler
	look    *look
	cluster *facts.Cluster
	// pods are those of the nodes in trouble, by UID; replacements what comes in their
	// place.
	pods, replacements map[string]*v1.Pod
	// proved are the answers, by UID of the victim and node; whys says by UID why there was
	// no home at the last attempt.
	proved map[[2]string]home.Move
	whys   map[string]string
	// asked has by node what the rules were asked of it last.
	asked map[string]engine.Candidate
}

func newSeeker(ctx context.Context, d *Descheduler, l *look) *seeker {
	s := &seeker{
		ctx: ctx, d: d, look: l, cluster: d.owners.complete(d.opts.Cluster),
		pods: map[string]*v1.Pod{}, replacements: map[string]*v1.Pod{}, proved: map[[2]string]home.Move{}, whys: map[string]string{},
		asked: map[string]engine.Candidate{},
	}
	for i := range l.sources {
		l.sources[i].Pods = s.candidates(&l.sources[i])
	}
	return s
}

// candidates are the pods of a node as plans see them.
func (s *seeker) candidates(source *plan.Source) []plan.Pod {
	policies := map[rules.Key]facts.Policy{}
	for i := range source.Troubles {
		p := s.look.policies[source.Troubles[i].Rule]
		policies[source.Troubles[i].Rule] = facts.Policy{MinPodAge: p.MinPodAge, MinReplicas: p.MinReplicas, Allow: p.Allow}
	}
	pods := s.look.podsOf(source.Node)
	for _, pod := range pods {
		s.pods[string(pod.UID)] = pod
	}
	out := s.cluster.Pods(s.look.now, s.look.board, pods, policies)
	for i := range out {
		if out[i].Refusal == "" {
			out[i].Refusal = s.d.refused.why(s.look.now, &out[i])
		}
	}
	return out
}

// prove has the shape of plan.In.Prove.
func (s *seeker) prove(victim *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
	pod := s.pods[victim.UID]
	q := home.Question{Victim: pod, Replacement: s.replacementOf(pod), Least: victim.Use}
	q.Suits = s.suits(victim, q.Replacement)
	answer, err := s.look.sight.Prove(s.ctx, q, s.moves(assumed))
	switch {
	case err != nil:
		klog.FromContext(s.ctx).Error(err, "No home can be proved for a pod", "pod", klog.KObj(pod))
		s.whys[victim.UID] = err.Error()
		return plan.Home{}, plan.NoHome
	case !answer.Found:
		s.whys[victim.UID] = answer.Why
		if answer.Claimed {
			return plan.Home{}, plan.PendingFirst
		}
		return plan.Home{}, plan.NoHome
	}
	s.proved[[2]string{victim.UID, answer.Node}] = answer.Move
	return plan.Home{Node: answer.Node, Sentence: s.sentence(victim, answer)}, ""
}

func (s *seeker) replacementOf(pod *v1.Pod) *v1.Pod {
	out, known := s.replacements[string(pod.UID)]
	if !known {
		out = home.Replacement(pod, s.cluster.Template(pod))
		s.replacements[string(pod.UID)] = out
	}
	return out
}

// moves are those that a plan assumes, as they were proved.
func (s *seeker) moves(assumed []plan.Move) []home.Move {
	out := make([]home.Move, 0, len(assumed))
	for i := range assumed {
		out = append(out, s.proved[[2]string{assumed[i].Pod.UID, assumed[i].Home.Node}])
	}
	return out
}

// suits asks the rules that evict: those of the cluster whether they would stay clear on
// the node, whose pods are moved there is all the same; those that govern the pod also
// whether it is one of their homes. The rules of another namespace have no say.
func (s *seeker) suits(victim *plan.Pod, replacement *v1.Pod) func(string, engine.Amounts, engine.Amounts) (float64, bool, string) {
	board, facts := s.look.board, s.cluster.Facts(replacement)
	governs := map[rules.Key]bool{}
	for _, key := range s.look.order {
		_, here := victim.Governed[key]
		governs[key] = here || board.Spares(key, facts) == ""
	}
	return func(node string, need, beside engine.Amounts) (float64, bool, string) {
		c := engine.Candidate{Node: node, Need: need, Arrived: beside}
		s.asked[node] = c
		room := math.Inf(1)
		for _, key := range s.look.order {
			answer := engine.HomeAnswer{Home: true}
			switch {
			case governs[key]:
				answer = board.Home(key, c)
			case key.Namespace == "":
				answer = board.Clear(key, c)
			}
			if !answer.Home {
				return 0, false, unsuited(key, answer)
			}
			room = min(room, s.room(key, c))
		}
		return room, true, ""
	}
}

// unsuited says why a node is no home, equal for nodes that are so for one reason.
func unsuited(key rules.Key, answer engine.HomeAnswer) string {
	if answer.Unknown {
		return fmt.Sprintf("node(s) of which telemetry rule %s cannot tell", key)
	}
	return fmt.Sprintf("node(s) would not be clear of telemetry rule %s", key)
}

// room is what is left before the nearest line of a rule, in parts of that line.
func (s *seeker) room(key rules.Key, c engine.Candidate) float64 {
	room := math.Inf(1)
	s.eachForecast(key, c, func(leaf *rules.Leaf, f *engine.LeafForecast) {
		if line := math.Abs(leaf.Threshold); line > 0 {
			room = min(room, (f.Left-f.Pod)/line)
		}
	})
	return room
}

// eachForecast visits what the pod makes of each comparison of a rule.
func (s *seeker) eachForecast(key rules.Key, c engine.Candidate, visit func(*rules.Leaf, *engine.LeafForecast)) {
	forecast, known := s.look.board.Forecast(key, c)
	if !known {
		return
	}
	i := 0
	for leaf := range s.look.policies[key].rule.When.Leaves() {
		if f := forecast.Leaves[i]; f != nil {
			visit(leaf, f)
		}
		i++
	}
}

// sentence says how a home would stand with the pod, by the metrics of the rules that
// trouble its node.
func (s *seeker) sentence(victim *plan.Pod, answer home.Answer) (out string) {
	said := map[string]bool{}
	c := s.asked[answer.Node]
	for _, key := range s.look.order {
		if _, governs := victim.Governed[key]; !governs {
			continue
		}
		s.eachForecast(key, c, func(leaf *rules.Leaf, f *engine.LeafForecast) {
			if !said[leaf.Metric] {
				said[leaf.Metric] = true
				out = join(out, ", ", fmt.Sprintf("%s would be %s", leaf.Metric, engine.FormatValue(f.With, s.unit(leaf.Metric))))
			}
		})
	}
	return out
}

func (s *seeker) unit(metric string) rules.Unit { return s.look.board.RuleSet().Metrics[metric].Unit }

func join(a, separator, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + separator + b
}
