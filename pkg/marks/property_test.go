package marks

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var histories = flag.Int("histories", 2000, "how many random histories of a cluster are told")

// TestNodesConvergeAndNothingOfOthersIsTouched tells random histories: rules that come and
// go, people who label and taint, writes that fail half way, processes that die.
func TestNodesConvergeAndNothingOfOthersIsTouched(t *testing.T) {
	for i := range *histories {
		w := newWorld(uint64(i))
		for range 40 {
			w.step()
			if w.complaint != "" {
				t.Fatalf("history %d: %s", i, w.complaint)
			}
		}
		w.settle()
		if diff := w.difference(); diff != "" {
			t.Fatalf("history %d: nodes do not carry what is wanted (-want +got):\n%s", i, diff)
		}
		w.wanted = nil // the rules are deleted, or it is cleaned up
		w.crash()
		w.settle()
		if diff := cmp.Diff(w.theirs, w.nodesAsTheirs()); diff != "" || w.complaint != "" {
			t.Fatalf("history %d: something is left, or was touched: %s (-want +got):\n%s", i, w.complaint, diff)
		}
	}
}

// world is a cluster of a few nodes, with as much of an API server as marks need.
type world struct {
	random *rand.Rand
	now    time.Time
	nodes  map[string]*Node
	// theirs is what others have set on nodes, by node and then by kind, key and effect.
	theirs map[string]map[string]string
	wanted map[string][]engine.Mark
	set    map[Place]time.Time
	// complaint says which promise was broken.
	complaint string
}

func newWorld(seed uint64) *world {
	w := &world{random: rand.New(rand.NewPCG(seed, 1)), now: start, nodes: map[string]*Node{}, theirs: map[string]map[string]string{}}
	for i := range 4 {
		name := fmt.Sprint("n", i)
		w.nodes[name], w.theirs[name] = node(name, nil, nil), map[string]string{}
	}
	w.crash()
	return w
}

// crash forgets what only the process knew.
func (w *world) crash() { w.set = map[Place]time.Time{} }

func (w *world) pick(of ...string) string { return of[w.random.IntN(len(of))] }

func (w *world) name() string { return w.pick(slices.Sorted(maps.Keys(w.nodes))...) }

func (w *world) key() string { return w.pick("telemetry-scheduler.io/a", "telemetry-scheduler.io/b") }

// step lets one thing happen.
func (w *world) step() {
	w.now = w.now.Add(time.Duration(w.random.IntN(50)) * time.Second)
	switch w.random.IntN(8) {
	case 0, 1:
		w.want()
	case 2:
		w.labelByPeople()
	case 3:
		w.taintByPeople()
	case 4:
		w.crash()
	default:
		w.round(0.3)
	}
}

// want changes what the state says.
func (w *world) want() {
	w.wanted = map[string][]engine.Mark{}
	for name := range w.nodes {
		for _, key := range []string{"telemetry-scheduler.io/a", "telemetry-scheduler.io/b"} {
			if w.random.IntN(2) == 0 {
				w.wanted[name] = append(w.wanted[name], labelled(key, w.pick("x", "y")))
			}
			if w.random.IntN(2) == 0 {
				w.wanted[name] = append(w.wanted[name], tainted(key, w.pick("NoSchedule", "PreferNoSchedule", "NoExecute")))
			}
		}
	}
}

// labelByPeople sets a label, whoever has set it, or takes it away: it is then theirs, or gone.
func (w *world) labelByPeople() {
	n, key := w.nodes[w.name()], w.key()
	delete(n.Ours, key)
	delete(n.Labels, key)
	n.touch()
	delete(w.theirs[n.Name], "label "+key)
	if w.random.IntN(2) == 0 {
		n.Labels[key] = w.pick("x", "theirs")
		w.theirs[n.Name]["label "+key] = n.Labels[key]
	}
}

// taintByPeople adds a taint or takes one away, ours too.
func (w *world) taintByPeople() {
	n := w.nodes[w.name()]
	t := taint(w.key(), "theirs", corev1.TaintEffect(w.pick("NoSchedule", "PreferNoSchedule", "NoExecute")))
	same := func(other corev1.Taint) bool { return other.MatchTaint(&t) }
	had := slices.ContainsFunc(n.Taints, same)
	n.Taints = slices.DeleteFunc(slices.Clone(n.Taints), same)
	n.touch()
	delete(w.theirs[n.Name], "taint "+t.Key+" "+string(t.Effect))
	if !had {
		n.Taints = append(n.Taints, t)
		w.theirs[n.Name]["taint "+t.Key+" "+string(t.Effect)] = t.Value
	}
}

// round plans and writes, where each write may fail, by chance half way.
func (w *world) round(failing float64) {
	in := Input{Now: w.now, Owner: us, Limits: Limits{Interval: time.Minute, Tainted: 50}, Wanted: w.wanted, Set: w.set}
	for _, name := range slices.Sorted(maps.Keys(w.nodes)) {
		in.Nodes = append(in.Nodes, w.nodes[name].copy())
	}
	changes, _ := Plan(in)
	for i := range changes {
		if failing > 0 && w.random.IntN(4) == 0 {
			w.taintByPeople()
		}
		if w.write(&changes[i], failing) {
			w.remember(&changes[i])
		}
	}
	w.look()
}

// write is what the API server makes of a change.
func (w *world) write(c *Change, failing float64) bool {
	n := w.nodes[c.Node.Name]
	if c.Retaint {
		if w.random.Float64() < failing || n.Version != c.Node.Version {
			return false
		}
		n.Taints = c.Taints
		n.touch()
	}
	if c.Relabel {
		if w.random.Float64() < failing {
			return false
		}
		for key := range n.Ours {
			delete(n.Labels, key)
		}
		n.Ours = map[string]bool{}
		for key, value := range c.Labels {
			n.Labels[key], n.Ours[key] = value, true
		}
		n.touch()
	}
	return w.random.Float64() >= failing // else the answer is lost
}

func (w *world) remember(c *Change) {
	for _, t := range c.Turns {
		place := Place{c.Node.UID, t.Key}
		if last, was := w.set[place]; t.Rule != "" && was && w.now.Sub(last) < time.Minute {
			w.complaint = fmt.Sprintf("%s of %s was set twice within a minute", t.Key.Key, c.Node.Name)
		}
		if t.Rule != "" {
			w.set[place] = w.now
		}
	}
}

// look checks what always holds.
func (w *world) look() {
	blocked := 0
	for _, n := range w.nodes {
		if us.keepsOff(n.Taints) {
			blocked++
		}
		for _, t := range n.Taints {
			if us.ours(t) && t.Effect == corev1.TaintEffectNoExecute {
				w.complaint = "pods are evicted from " + n.Name
			}
		}
	}
	if blocked > 2 {
		w.complaint = fmt.Sprintf("%d of 4 nodes are tainted", blocked)
	}
	if diff := cmp.Diff(w.theirs, w.nodesAsTheirs()); diff != "" {
		w.complaint = "what others set was touched (-want +got):\n" + diff
	}
}

// nodesAsTheirs is what nodes have that is not ours.
func (w *world) nodesAsTheirs() map[string]map[string]string {
	out := map[string]map[string]string{}
	for name, n := range w.nodes {
		out[name] = map[string]string{}
		for key, value := range n.Labels {
			if !n.Ours[key] {
				out[name]["label "+key] = value
			}
		}
		for _, t := range n.Taints {
			if !us.ours(t) {
				out[name]["taint "+t.Key+" "+string(t.Effect)] = t.Value
			}
		}
	}
	return out
}

// settle lets time pass in which nothing else happens.
func (w *world) settle() {
	for range 4 {
		w.now = w.now.Add(time.Minute)
		w.round(0)
	}
}

// difference compares what nodes carry of ours with what is wanted there, but for what
// others have set and what evicts pods. Of the taints that keep pods off so many stand as may.
func (w *world) difference() string {
	want, got := map[string][]string{}, map[string][]string{}
	for name, n := range w.nodes {
		for _, m := range w.wanted[name] {
			if m.Label != nil && w.theirs[name]["label "+m.Label.Key] == "" {
				want[name] = append(want[name], m.Label.Key+"="+m.Label.Value)
			}
			if m.Taint != nil && m.Taint.Effect == "PreferNoSchedule" && w.theirs[name]["taint "+m.Taint.Key+" "+m.Taint.Effect] == "" {
				want[name] = append(want[name], m.Taint.Key+":"+m.Taint.Effect)
			}
		}
		for key := range n.Ours {
			got[name] = append(got[name], key+"="+n.Labels[key])
		}
		for _, t := range n.Taints {
			if us.ours(t) && t.Effect == corev1.TaintEffectPreferNoSchedule {
				got[name] = append(got[name], t.Key+":"+string(t.Effect))
			}
		}
		slices.Sort(want[name])
		slices.Sort(got[name])
	}
	return cmp.Diff(want, got)
}

func (n *Node) copy() *Node {
	out := *n
	out.Labels, out.Ours, out.Taints = maps.Clone(n.Labels), maps.Clone(n.Ours), slices.Clone(n.Taints)
	return &out
}

// touch gives a node another version.
func (n *Node) touch() { n.Version += "." }
