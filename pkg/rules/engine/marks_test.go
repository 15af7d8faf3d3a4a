package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const markKey = "telemetry-scheduler.io/memory"

// labelling is a rule that does nothing but label.
func labelling(name, value string, when rules.Condition, change ...func(*rules.Rule)) rules.Rule {
	r := blocking(when)
	r.Name, r.Block, r.Label = name, nil, &rules.Label{Key: markKey, Value: value}
	for _, c := range change {
		c(&r)
	}
	return r
}

func tainting(name string, when rules.Condition) rules.Rule {
	r := blocking(when)
	r.Name, r.Taint = name, &rules.Taint{Key: markKey, Effect: "NoSchedule"}
	return r
}

// written is what a node carries, as people read it.
func written(marks map[string][]Mark) map[string][]string {
	out := map[string][]string{}
	for node, list := range marks {
		for _, m := range list {
			if m.Label != nil {
				out[node] = append(out[node], m.Rule+": "+m.Label.Key+"="+m.Label.Value)
			} else {
				out[node] = append(out[node], m.Rule+": "+m.Taint.Key+":"+m.Taint.Effect)
			}
		}
	}
	return out
}

func TestWhatNodesAreMarkedWith(t *testing.T) {
	memory := func(op rules.Op, line float64) rules.Condition { return leafOf("memory", op, line) }
	for name, c := range map[string]struct {
		rules []rules.Rule
		pause rules.Pause
		// values of memory and cpu on the node n.
		memory, cpu float64
		want        []string
	}{
		"a rule that fires labels":              {rules: []rules.Rule{labelling("hot", "hot", memory(rules.Above, 90))}, memory: 91, want: []string{"hot: " + markKey + "=hot"}},
		"one that does not fire marks nothing":  {rules: []rules.Rule{labelling("hot", "hot", memory(rules.Above, 90))}, memory: 90},
		"a rule that blocks taints besides":     {rules: []rules.Rule{tainting("full", memory(rules.Above, 90))}, memory: 91, want: []string{"full: " + markKey + ":NoSchedule"}},
		"a label and a taint may share a key":   {rules: []rules.Rule{labelling("a", "hot", memory(rules.Above, 90)), tainting("b", memory(rules.Above, 80))}, memory: 91, want: []string{"a: " + markKey + "=hot", "b: " + markKey + ":NoSchedule"}},
		"a dry run marks nothing":               {rules: []rules.Rule{labelling("hot", "hot", memory(rules.Above, 90), func(r *rules.Rule) { r.DryRun = true })}, memory: 91},
		"a paused rule marks nothing":           {rules: []rules.Rule{labelling("hot", "hot", memory(rules.Above, 90), func(r *rules.Rule) { r.Paused = true })}, memory: 91},
		"the stop button takes marks away":      {rules: []rules.Rule{labelling("hot", "hot", memory(rules.Above, 90))}, pause: rules.Pause{Block: true}, memory: 91},
		"a silence takes the rule's marks away": {rules: []rules.Rule{labelling("hot", "hot", memory(rules.Above, 90))}, pause: rules.Pause{Silences: []rules.Silence{{Node: "n"}}}, memory: 91},
		"of one metric the higher line wins": {
			rules:  []rules.Rule{labelling("a", "hot", memory(rules.Above, 90)), labelling("b", "warm", memory(rules.AtLeast, 70))},
			memory: 91, want: []string{"a: " + markKey + "=hot"}},
		"and the lower one alone where only that is crossed": {
			rules:  []rules.Rule{labelling("a", "hot", memory(rules.Above, 90)), labelling("b", "warm", memory(rules.AtLeast, 70))},
			memory: 80, want: []string{"b: " + markKey + "=warm"}},
		"of two metrics the largest value wins": {
			rules:  []rules.Rule{labelling("a", "memory", memory(rules.Above, 90)), labelling("b", "cpu", leafOf("cpu", rules.Above, 10))},
			memory: 91, cpu: 95, want: []string{"b: " + markKey + "=cpu"}},
		"or the smallest, where they compare with below": {
			rules:  []rules.Rule{labelling("a", "memory", memory(rules.Below, 20)), labelling("b", "cpu", leafOf("cpu", rules.AtMost, 40))},
			memory: 15, cpu: 30, want: []string{"a: " + markKey + "=memory"}},
		"of equal ones the first name wins": {
			rules:  []rules.Rule{labelling("a", "one", memory(rules.Above, 90)), labelling("b", "two", memory(rules.Above, 90))},
			memory: 91, want: []string{"a: " + markKey + "=one"}},
	} {
		t.Run(name, func(t *testing.T) {
			set := setOf(c.rules...)
			set.Pause = c.pause
			w := newWorld(set, nodes("n"))
			w.read(at(0), readings{"memory n": {value: c.memory, at: at(0)}, "cpu n": {value: c.cpu, at: at(0)}})
			if diff := cmp.Diff(c.want, written(w.last.Marks())["n"]); diff != "" {
				t.Errorf("marks (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMarksOutliveSilenceAsBlocksDo: a mark stands as long as the rule would keep pods off.
func TestMarksOutliveSilenceAsBlocksDo(t *testing.T) {
	w := newWorld(setOf(labelling("hot", "hot", leafOf("memory", rules.Above, 90))), nodes("n"))
	marked := func(now int) bool {
		w.read(at(now), readings{})
		return len(w.last.Marks()) == 1
	}
	w.tick(at(0), "memory", map[string]float64{"n": 95})
	if !marked(90) {
		t.Error("the mark went with the first silence")
	}
	if marked(90 + int(2*time.Minute/time.Second)) {
		t.Error("the mark stays although nothing was known for so long")
	}
}
