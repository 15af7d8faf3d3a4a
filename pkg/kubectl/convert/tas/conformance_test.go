package tas_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/tas"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var (
	now   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	nodes = []string{"n1", "n2", "n3", "n4", "n5", "n6", "n7"}
)

// TestConvertedPoliciesDoWhatTASDoes compares, for random policies and values, what the
// reference says with what our engine makes of the converted rules.
func TestConvertedPoliciesDoWhatTASDoes(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	converted := 0
	for round := range 200 {
		p, v := randomPolicy(random), randomValues(random)
		c := convert(p.yaml())
		unclear := p.strategies["labeling"].unclear()
		if failed := draft.AnyError(c.Remarks); failed != unclear {
			t.Fatalf("seed %d, round %d: converting failed: %v, and no rule can say it: %v\n%s%v", seed, round, failed, unclear, p.yaml(), c.Remarks)
		} else if failed {
			continue
		}
		converted++
		if wrong := differ(p, v, c.Texts); wrong != "" {
			t.Fatalf("seed %d, round %d: %s\n%s\nvalues %v\n%s", seed, round, wrong, p.yaml(), v, draft.Bare(c.Texts))
		}
	}
	if converted < 100 {
		t.Errorf("only %d policies were converted: the generator makes too many that cannot be", converted)
	}
}

func convert(text string) *tas.Converter {
	c := &tas.Converter{Options: tas.Options{Namespace: "default", Rules: rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)}}}
	c.Add("policy.yaml", []byte(text))
	return c
}

func randomPolicy(r *rand.Rand) tasPolicy {
	p := tasPolicy{namespace: "team-a", name: "policy", strategies: map[string]tasStrategy{}}
	for _, name := range []string{"dontschedule", "deschedule", "scheduleonmetric", "labeling"} {
		if len(p.strategies) == 0 || r.IntN(2) == 0 {
			p.strategies[name] = randomStrategy(r, name)
		}
	}
	return p
}

func randomStrategy(r *rand.Rand, name string) tasStrategy {
	s := tasStrategy{allOf: r.IntN(3) == 0}
	usual := pick(r, "GreaterThan", "LessThan", "Equals")
	for range 1 + r.IntN(4) {
		one := tasRule{metric: pick(r, "m_0", "m1", "cpu", "M1"), operator: usual}
		if r.IntN(2) == 0 {
			one.operator = pick(r, "GreaterThan", "LessThan", "Equals")
		}
		if target := int64(r.IntN(10) - 3); r.IntN(8) > 0 {
			one.target = &target
		}
		for range labelsOf(r, name) {
			one.labels = append(one.labels, pick(r, "a", "b", "c", "d", "e")+"="+pick(r, "1", "2"))
		}
		s.rules = append(s.rules, one)
	}
	return s
}

func labelsOf(r *rand.Rand, strategy string) int {
	if strategy != "labeling" {
		return 0
	}
	return 1 + r.IntN(2)
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func randomValues(r *rand.Rand) values {
	v := values{}
	for _, metric := range []string{"m_0", "m1", "cpu", "M1"} {
		v[metric] = map[string]float64{}
		for _, node := range nodes {
			if r.IntN(5) > 0 {
				v[metric][node] = float64(r.IntN(24)-8) / 2
			}
		}
	}
	return v
}

// differ says where the rules do something else than TAS; "" where they do not.
func differ(p tasPolicy, v values, texts []*draft.Text) string {
	w, err := newWorld(texts, v, false)
	if err != nil {
		return err.Error()
	}
	all, err := newWorld(texts, v, true)
	if err != nil {
		return err.Error()
	}
	prefix := "team-a-policy-"
	for _, node := range nodes {
		if blocked, want := w.blocked(pod("team-a", "policy"), node), p.strategies["dontschedule"].violated(v, node); blocked != want {
			return fmt.Sprintf("%s is closed to the policy's pods: %v, want %v", node, blocked, want)
		}
		for _, other := range []engine.PodFacts{pod("team-b", "policy"), pod("team-a", "other"), {Namespace: "team-a"}} {
			if w.blocked(other, node) {
				return fmt.Sprintf("%s is closed to a pod of another policy: %v", node, other)
			}
		}
		if _, written := p.strategies["deschedule"]; written && all.fires(prefix+"deschedule", node) != p.strategies["deschedule"].violated(v, node) {
			return fmt.Sprintf("the rule of deschedule fires on %s: %v, and the other way round in TAS", node, all.fires(prefix+"deschedule", node))
		}
		if wrong := differInLabels(p.labels(v, node), all.labels(texts, v, node)); wrong != "" {
			return node + ": " + wrong
		}
	}
	return differInOrder(p.order(v, nodes), w)
}

// differInLabels compares with the values that TAS may choose.
func differInLabels(may map[string][]string, are map[string][]string) string {
	for key, got := range are {
		if len(may[key]) == 0 {
			return fmt.Sprintf("the label %s is %v, and TAS sets none", key, got)
		}
		for _, value := range got {
			if !slices.Contains(may[key], value) {
				return fmt.Sprintf("the label %s may be %s, and TAS says %v", key, value, may[key])
			}
		}
	}
	for key, want := range may {
		if len(are[key]) == 0 {
			return fmt.Sprintf("there is no label %s, and TAS says %v", key, want)
		}
	}
	return ""
}

// differInOrder checks that nobody stands before a node that TAS prefers, and that the
// best is better than the worst. Points are rounded: neighbours may have as many.
func differInOrder(order []string, w *world) string {
	taste := w.board.Taste(pod("team-a", "policy"))
	if order == nil {
		if !taste.Empty() {
			return "there is a preference, and TAS has none"
		}
		return ""
	}
	scores := w.board.Scores(taste)
	score := func(node string) int64 { return scores.At(w.board.Slot(node), engine.Amounts{}) }
	for i := 1; i < len(order); i++ {
		if score(order[i]) > score(order[i-1]) {
			return fmt.Sprintf("%s has %d points and %s %d, and TAS prefers the latter", order[i], score(order[i]), order[i-1], score(order[i-1]))
		}
	}
	if len(order) == 0 {
		return ""
	}
	first, last := order[0], order[len(order)-1]
	if metric := w.set.Preferences[0].Metric; w.v[metric][first] != w.v[metric][last] && score(first) <= score(last) {
		return fmt.Sprintf("the best node %s has %d points, and the worst %s %d", first, score(first), last, score(last))
	}
	for _, node := range nodes {
		if !slices.Contains(order, node) && score(node) > score(last) {
			return fmt.Sprintf("of %s nothing is known, and it has more points than %s", node, last)
		}
	}
	return ""
}

func pod(namespace, policy string) engine.PodFacts {
	return engine.PodFacts{
		Namespace: namespace, NamespaceLabels: labels.Set{"kubernetes.io/metadata.name": namespace},
		Labels: labels.Set{"telemetry-policy": policy}, DaemonSet: len(policy)%2 == 0,
	}
}

// world is our engine with the converted rules.
type world struct {
	set   *rules.RuleSet
	board *engine.Board
	// v are the values under the names that metrics have here.
	v values
}

// newWorld evaluates the rules of texts. final lets the rules that are comments stand in
// force too, as blocks: their conditions are all that can be seen of them.
func newWorld(texts []*draft.Text, v values, final bool) (*world, error) {
	if final {
		texts = unveiled(texts)
	}
	text := draft.Bare(texts)
	if only := laterOnly(draft.Bare(texts)); only != nil {
		return nil, only
	}
	w := &world{set: &rules.RuleSet{Metrics: rules.Builtins(15*time.Second, time.Minute)}, v: values{}}
	for _, t := range texts {
		for _, m := range t.Metrics {
			w.v[m.Spec.Name] = v[m.Spec.CustomMetric.Name]
		}
	}
	if !strings.HasPrefix(withoutComments(text), "apiVersion") {
		text = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"
	}
	d, mistakes := rules.Parse("converted", []byte(text), rules.Options{Metrics: w.set.Metrics})
	if d == nil {
		return nil, fmt.Errorf("what was written cannot be read: %v", mistakes)
	}
	for _, m := range d.Metrics {
		w.set.Metrics[m.Name] = m
	}
	w.set.Rules, w.set.Preferences = d.Rules, d.Preferences
	slices.SortFunc(w.set.Rules, func(a, b rules.Rule) int { return a.Key().Compare(b.Key()) })
	var there []engine.Node
	for _, name := range nodes {
		there = append(there, engine.Node{Name: name, Created: now.Add(-time.Hour)})
	}
	w.board, _ = engine.New(engine.Options{}, nil).Advance(now, w.set, there, w)
	return w, nil
}

// unveiled are the texts with all rules in force.
func unveiled(texts []*draft.Text) (out []*draft.Text) {
	for _, t := range texts {
		other := *t
		other.Rules = slices.Clone(t.Rules)
		for i := range other.Rules {
			other.Rules[i].Later = ""
			other.Rules[i].Spec.Actions = &rules.ActionsSpec{Block: &rules.BlockSpec{}}
		}
		other.Metrics = slices.Clone(t.Metrics)
		for i := range other.Metrics {
			other.Metrics[i].Later = ""
		}
		out = append(out, &other)
	}
	return out
}

// veiled finds a line that is a rule as a comment, and no note.
var veiled = regexp.MustCompile(`(?m)^#([^ ]|  )`)

// laterOnly checks that the comments, without their marks, are nothing but what this
// version does not carry out.
func laterOnly(text string) error {
	_, mistakes := rules.Parse("final", []byte(veiled.ReplaceAllString(text, "$1")), rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)})
	for _, m := range mistakes {
		if m.Check != rules.CheckNotYet && !m.Warning {
			return fmt.Errorf("the final form is wrong: %v", m)
		}
	}
	return nil
}

func withoutComments(text string) string {
	return regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")
}

// Sample implements engine.Samples.
func (w *world) Sample(metric, node string) (float64, time.Time, string) {
	value, found := w.v[metric][node]
	if !found {
		return 0, time.Time{}, "no sample"
	}
	return value, now, ""
}

// Window implements engine.Samples: all values are those of an instant.
func (w *world) Window(string, string) time.Duration { return 0 }

func (w *world) blocked(p engine.PodFacts, node string) bool {
	_, blocked := w.board.View(w.board.Govern(p)).Node(node).Blocked()
	return blocked
}

func (w *world) fires(rule, node string) bool {
	verdict, known := w.board.Explain(rules.Key{Name: rule}, node)
	return known && verdict.Phase == engine.Firing
}

// labels are the values that the rule format lets each label of a node have: of the rules
// that fire the one with the largest value, or the smallest with below.
func (w *world) labels(texts []*draft.Text, v values, node string) map[string][]string {
	out, best := map[string][]string{}, map[string]float64{}
	for _, t := range texts {
		for _, r := range t.Rules {
			if r.Spec.Actions.Label == nil || !w.fires(r.Spec.Name, node) {
				continue
			}
			value := w.v[r.Spec.When.Metric][node] // 0 for a tree, which shares its key with nobody
			if r.Spec.When.Below != nil {
				value = -value
			}
			key := strings.TrimPrefix(r.Spec.Actions.Label.Key, "telemetry.aware.scheduling.policy/")
			switch before, seen := best[key]; {
			case !seen || value > before:
				best[key], out[key] = value, []string{r.Spec.Actions.Label.Value}
			case value == before:
				out[key] = append(out[key], r.Spec.Actions.Label.Value)
			}
		}
	}
	return out
}
