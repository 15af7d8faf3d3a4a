package engine

import (
	"maps"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestWhyARuleDoesNotGovernAPod(t *testing.T) {
	for sentence, tc := range map[string]struct {
		rule  func(*rules.Rule)
		pod   func(*PodFacts)
		pause rules.Pause
		want  Exemption
	}{
		"it governs":                                {want: ""},
		"pods of a system-critical priority":        {pod: func(p *PodFacts) { p.SystemCritical = true }, want: ExemptSystemCritical},
		"the stop button":                           {pause: rules.Pause{Block: true}, want: ExemptStopButton},
		"a pause that ended":                        {pause: rules.Pause{Block: true, Until: at(-1)}, want: ""},
		"it only takes points":                      {rule: func(r *rules.Rule) { r.Block = nil }, want: ExemptNoBlock},
		"it is in dry run":                          {rule: func(r *rules.Rule) { r.DryRun = true }, want: ExemptDryRun},
		"its ConfigMap is paused":                   {rule: func(r *rules.Rule) { r.Paused = true }, want: ExemptPaused},
		"it is one of another namespace":            {rule: func(r *rules.Rule) { r.Namespace = "other" }, want: ExemptNamespace},
		"a DaemonSet":                               {pod: func(p *PodFacts) { p.DaemonSet = true }, want: ExemptDaemonSet},
		"a DaemonSet that it includes":              {rule: func(r *rules.Rule) { r.IncludeDaemonSets = true }, pod: func(p *PodFacts) { p.DaemonSet = true }, want: ""},
		"a pod that is too important":               {rule: func(r *rules.Rule) { r.MaxPodPriority = new(int32(5)) }, pod: func(p *PodFacts) { p.Priority = 6 }, want: ExemptPriority},
		"a pod that is just not":                    {rule: func(r *rules.Rule) { r.MaxPodPriority = new(int32(5)) }, pod: func(p *PodFacts) { p.Priority = 5 }, want: ""},
		"a pod with other labels":                   {rule: func(r *rules.Rule) { r.Pods = labels.SelectorFromSet(labels.Set{"app": "a"}) }, want: ExemptPodLabels},
		"a namespace with other labels":             {rule: func(r *rules.Rule) { r.Namespaces = labels.SelectorFromSet(labels.Set{"team": "a"}) }, want: ExemptNamespaceLabels},
		"a pod that ignores it":                     {pod: func(p *PodFacts) { p.Ignore = IgnoreList{"rule"} }, want: ExemptIgnored},
		"of several reasons that of the whole pod":  {rule: func(r *rules.Rule) { r.Paused = true }, pod: func(p *PodFacts) { p.SystemCritical = true }, want: ExemptSystemCritical},
		"what never blocks needs no further reason": {rule: func(r *rules.Rule) { r.Block = nil }, pod: func(p *PodFacts) { p.SystemCritical = true }, want: ExemptNoBlock},
	} {
		t.Run(sentence, func(t *testing.T) {
			rule, pod := above90(), PodFacts{Namespace: "default"}
			if tc.rule != nil {
				tc.rule(&rule)
			}
			if tc.pod != nil {
				tc.pod(&pod)
			}
			set := setOf(rule)
			set.Pause = tc.pause
			board, _ := New(Options{}, new(State)).Advance(start, set, nodes("a"), readings{})
			if diff := cmp.Diff([]Governed{{Rule: rule.Key(), Exemption: tc.want}}, board.WhyGoverned(pod)); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
			if governs := !board.Govern(pod).Empty(); governs != (tc.want == "") {
				t.Errorf("it governs the pod: %v", governs)
			}
		})
	}
}

// now is a sample that is as old as the evaluation.
func now(value float64) reading { return reading{value: value, at: start} }

func TestAnswersHaveTheNumbers(t *testing.T) {
	// A pod breaks the second rule with cores and bytes at once.
	both := blocking(allOf(leafOf("memory", rules.Above, 80), leafOf("cpu", rules.Above, 50)))
	both.Name = "both"
	board, _ := New(Options{}, new(State)).Advance(start, setOf(above90(), both), nodes("full", "half"), readings{
		"memory full": now(95), "cpu full": now(10), "memory half": now(50), "cpu half": now(25),
	})
	view := board.Glance(board.Govern(PodFacts{}))
	ask := func(node string, need Amounts) Answer {
		return view.Node(node).Answer(need, Amounts{Memory: gib}, Amounts{})
	}
	for sentence, tc := range map[string]struct {
		node   string
		need   Amounts
		kept   bool
		rule   string
		kind   Kind
		broken *Limit
	}{
		"a node where a rule fires":                 {node: "full", need: Amounts{Memory: 1}, kept: true, rule: "rule", kind: Broke},
		"a pod that fits":                           {node: "half", need: Amounts{CPU: 1, Memory: gib, Pods: 1}},
		"a pod beyond the line":                     {node: "half", need: Amounts{Memory: 41 * gib}, kept: true, rule: "rule", kind: WouldBreak, broken: &Limit{Most: only(rules.ResourceMemory, 40*gib, math.Inf(-1)), With: anything}},
		"a pod that just fits beside what arrived":  {node: "half", need: Amounts{Memory: 39 * gib}},
		"a pod beyond the line by what arrived":     {node: "half", need: Amounts{Memory: 39*gib + 1}, kept: true, rule: "rule", kind: WouldBreak, broken: &Limit{Most: only(rules.ResourceMemory, 40*gib, math.Inf(-1)), With: anything}},
		"a pod beyond one of two lines of one rule": {node: "half", need: Amounts{Memory: 35 * gib}},
		"a pod beyond both": {node: "half", need: Amounts{CPU: 5, Memory: 35 * gib}, kept: true, rule: "both", kind: WouldBreak,
			broken: &Limit{Most: Amounts{CPU: 4, Memory: 30 * gib, Pods: math.Inf(-1)}, With: anything}},
	} {
		t.Run(sentence, func(t *testing.T) {
			a := ask(tc.node, tc.need)
			if a.Kept != tc.kept || a.Node != tc.node {
				t.Fatalf("the answer is %+v", a)
			}
			if diff := cmp.Diff(tc.broken, a.Broken); diff != "" {
				t.Errorf("the limit (-want +got):\n%s", diff)
			}
			if !tc.kept {
				return
			}
			if rule, kind := board.About(a.Reason); rule.Name != tc.rule || kind != tc.kind {
				t.Errorf("it is about %s, %s", rule, kind)
			}
		})
	}
	if got, want := ask("half", Amounts{}).Headroom, (Amounts{CPU: 4, Memory: 29 * gib, Pods: math.Inf(1)}); got != want {
		t.Errorf("the headroom is %v, want %v", got, want)
	}
}

func TestTheHeadroomOfANewNodeCountsWhatIsRequested(t *testing.T) {
	young := nodes("new")
	young[0].Created = start
	board, _ := New(Options{NewNodeGrace: time.Minute}, new(State)).Advance(start, setOf(above90()), young, readings{})
	a := board.Glance(board.Govern(PodFacts{})).Node("new").Answer(Amounts{Memory: 20 * gib}, Amounts{Memory: 5 * gib}, Amounts{Memory: 80 * gib})
	if !a.Kept || a.Headroom.Memory != 10*gib || a.Broken == nil || a.Broken.With.Memory != 90*gib {
		t.Errorf("the answer is %+v, and by its requests the node has 10 GiB left", a)
	}
}

func TestListings(t *testing.T) {
	rule := above90(func(r *rules.Rule) { r.Nodes = labels.SelectorFromSet(labels.Set{"pool": "a"}) })
	list := nodes("a", "b", "c")
	list[0].Labels, list[2].Labels = labels.Set{"pool": "a"}, labels.Set{"pool": "a"}
	board, _ := New(Options{}, new(State)).Advance(start, setOf(rule), list, readings{"memory a": now(95), "memory b": now(1)})
	var pairs []PairStanding
	for p := range board.Pairs() {
		pairs = append(pairs, p)
	}
	want := []PairStanding{
		{Rule: rule.Key(), Node: "a", Phase: Firing, Since: start, TrueSince: start, Known: start, Truth: True, Blocks: true},
		{Rule: rule.Key(), Node: "c", Truth: Unknown},
	}
	if diff := cmp.Diff(want, pairs); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	var values []Value
	for v := range board.Values() {
		values = append(values, v)
	}
	if diff := cmp.Diff([]Value{
		{Metric: "memory", Node: "a", Value: 95, At: start}, {Metric: "memory", Node: "b", Value: 1, At: start},
		{Metric: "memory", Node: "c", Unknown: "no sample"},
	}, values, cmpopts.IgnoreUnexported(Value{})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestValuesSayWhatTheyDoNotShow(t *testing.T) {
	list := nodes("a")
	list[0].Flights = []Flight{{Estimate: Amounts{CPU: 1, Memory: 10 * gib, Pods: 1}}, {Estimate: Amounts{Memory: 5 * gib, Pods: 1}, Began: at(-600), Bound: true}}
	free := blocking(leafOf("memory-available", rules.Below, 5*gib))
	free.Name = "free"
	board, _ := New(Options{}, new(State)).Advance(start, setOf(above90(), free), list, readings{"memory a": now(50), "memory-available a": now(50 * gib)})
	got := map[string][2]float64{}
	for v := range board.Values() {
		got[v.Metric] = [2]float64{v.Unseen, v.Adds(Amounts{Memory: 20 * gib})}
	}
	if diff := cmp.Diff(map[string][2]float64{"memory": {10, 20}, "memory-available": {-10 * gib, -20 * gib}}, got); diff != "" {
		t.Errorf("what is unseen, and what 20 GiB add (-want +got):\n%s", diff)
	}
	whole := map[string]float64{}
	for i := range list[0].Flights {
		for metric, adds := range board.Unseen("a", &list[0].Flights[i]) {
			whole[metric] += adds
		}
	}
	if diff := cmp.Diff(map[string]float64{"memory": 10, "memory-available": -10 * gib}, whole); diff != "" {
		t.Errorf("pod by pod (-want +got):\n%s", diff)
	}
	for metric := range board.Unseen("elsewhere", &list[0].Flights[0]) {
		t.Errorf("something is known of %s on a node that is not there", metric)
	}
}

// TestAMetricThatPodsNoLongerMoveForgetsThem edits what a metric says of pods.
func TestAMetricThatPodsNoLongerMoveForgetsThem(t *testing.T) {
	list, samples := nodes("a"), readings{"memory a": now(40)}
	list[0].Flights = []Flight{{Estimate: Amounts{Memory: 10 * gib}}}
	e, set := New(Options{}, new(State)), setOf(above90())
	e.Advance(start, set, list, samples)
	still := *set
	still.Metrics = maps.Clone(metrics)
	still.Metrics["memory"] = rules.Metric{Name: "memory", Unit: rules.UnitPercent, MaxAge: time.Minute}
	board, _ := e.Advance(start, &still, list, samples)
	for v := range board.Values() {
		if v.Unseen != 0 || v.Adds(Amounts{Memory: gib}) != 0 {
			t.Errorf("pods in flight add %v, and one more GiB %v, to a metric that they do not move", v.Unseen, v.Adds(Amounts{Memory: gib}))
		}
	}
}

func TestRulesThatGiveWayAreTold(t *testing.T) {
	lenient := above90(func(r *rules.Rule) { r.Block = &rules.Block{WhenAllBlocked: rules.ScheduleAnyway} })
	board, _ := New(Options{}, new(State)).Advance(start, setOf(lenient), nodes("a"), readings{})
	if diff := cmp.Diff([]Governed{{Rule: lenient.Key(), Lenient: true}}, board.WhyGoverned(PodFacts{})); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
}
