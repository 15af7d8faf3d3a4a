package descheduler

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
)

// leave takes the victims away that have terminated; their successors wait.
func (w *world) leave() {
	for i := range w.slots {
		m := w.moves[w.uid(i)]
		if m == nil || m.gone > w.now || w.slots[i].node != m.from {
			continue
		}
		w.memory.Tell(w.clock(), w.uid(i), memory.News{Event: memory.Gone})
		w.slots[i].node, w.slots[i].ready = drift.Nowhere, w.now+w.upTo(20*time.Second)
		w.events = append(w.events, drift.Event{At: w.now, Slot: i, Node: drift.Nowhere})
	}
}

func (w *world) upTo(d time.Duration) time.Duration {
	return time.Duration(w.random.Int64N(int64(d)))
}

// schedule places the successors that wait, of the nodes that the rules leave beside what is
// held for others: where room is held for it, or else on the node with the fewest pods, and
// on the one that it was moved from if there is no other.
func (w *world) schedule() {
	for i := range w.slots {
		s := &w.slots[i]
		if s.node != drift.Nowhere || s.ready > w.now {
			continue
		}
		if node := w.nodeFor(i); node != drift.Nowhere {
			w.bind(i, node)
		}
	}
}

func (w *world) nodeFor(i int) int {
	counts, from := make([]int, w.load.Nodes), w.moves[w.uid(i)].from
	for j := range w.slots {
		if n := w.slots[j].node; n != drift.Nowhere {
			counts[n]++
		}
	}
	view, best := w.board.View(w.board.Govern(engine.PodFacts{})), drift.Nowhere
	for n := range counts {
		_, kept := view.Node(names[n]).KeepsOff(w.need(i), w.taken(n, i), engine.Amounts{})
		switch home, held := w.homes[i]; {
		case kept:
		case held && n == home:
			return n
		case best == drift.Nowhere || best == from || n != from && counts[n] < counts[best]:
			best = n
		}
	}
	return best
}

// taken is what came to a node since the Board, and what is held there for other slots.
func (w *world) taken(node, but int) engine.Amounts {
	out := engine.Amounts{Memory: w.arrived[node]}
	for i, home := range w.homes {
		if home == node && i != but {
			out.Memory += w.slots[i].measured
		}
	}
	return out
}

// bind gives a slot its new pod.
func (w *world) bind(i, node int) {
	w.memory.Tell(w.clock(), w.uid(i), memory.News{Event: memory.Bound, Node: names[node]})
	w.moves[w.uid(i)].landed = node
	s := &w.slots[i]
	s.node, s.bound = node, w.now
	s.generation++
	s.uid = uidOf(i, s.generation)
	w.arrived[node] += s.measured
	delete(w.homes, i)
	w.events = append(w.events, drift.Event{At: w.now, Slot: i, Node: node})
}

// follow tells the memory what samples say of moves, and which nodes are calm.
func (w *world) follow() {
	for _, v := range w.memory.Moving() {
		if m := w.moves[v.UID]; v.Step == memory.Verifying {
			relieved := (m.before - w.values[m.from]) * percent
			w.memory.Tell(w.clock(), v.UID, memory.News{Event: memory.Sampled, Stamp: w.clock(), Relieved: relieved})
		}
	}
	w.memory.Overdue(w.clock(), 10*time.Minute)
	troubled := map[string]bool{}
	for t := range w.board.Troubles() {
		troubled[t.Node] = true
	}
	for n := range w.values {
		if !troubled[names[n]] {
			w.memory.Calm(w.clock(), names[n])
		}
	}
}

// decide plans, and begins what is to be done now.
func (w *world) decide() {
	w.last = plan.Make(plan.In{
		Now: w.clock(), Rules: map[rules.Key]plan.Policy{relieve.Key(): operator}, Nodes: w.sources(), Concurrent: concurrent,
		Real: w.memory.Past(w.clock(), false), Dry: w.memory.Past(w.clock(), true), Prove: w.prove,
	})
	w.memory.Learn(w.clock(), w.last)
	for i := range w.last.Nodes {
		for j := range w.last.Nodes[i].Moves {
			if m := &w.last.Nodes[i].Moves[j]; m.Held == "" {
				w.act(m)
			}
		}
	}
}

func (w *world) act(m *plan.Move) {
	a := memory.Act{
		Rules: m.For, Sampled: w.clock(), UID: m.Pod.UID, Namespace: m.Pod.Namespace, Pod: m.Pod.Name, Owner: m.Pod.Owner, Node: m.Pod.Node,
		Home: m.Home.Node, Cooldown: m.Cooldown, Predicted: m.Relieves.Memory, Last: m.Last,
	}
	if !w.memory.Begin(w.clock(), a) {
		return
	}
	w.memory.Tell(w.clock(), m.Pod.UID, memory.News{Event: memory.Accepted})
	i, past := w.slotOf(m.Pod.UID), w.memory.Past(w.clock(), false).Spent
	begun := &move{
		at: w.now, gone: w.now + w.upTo(20*time.Second), slot: i, from: w.slots[i].node, home: numbers[m.Home.Node], landed: drift.Nowhere,
		running: past.Running, there: past.RunningOn[m.Pod.Node],
	}
	begun.before = w.values[begun.from]
	w.moves[m.Pod.UID], w.homes[i], w.begun = begun, begun.home, append(w.begun, begun)
}

func (w *world) slotOf(uid string) (i int) {
	_, _ = fmt.Sscanf(uid, "%d/", &i)
	return i
}

// prove asks the rules alone, those nodes first that use least.
func (w *world) prove(victim *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
	i, need := w.slotOf(victim.UID), engine.Amounts{Memory: victim.Use.Memory, Pods: 1}
	order := make([]int, w.load.Nodes)
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(w.values[a], w.values[b]) })
	for _, n := range order {
		beside := w.taken(n, i)
		for _, m := range assumed {
			if m.Home.Node == names[n] {
				beside.Memory += m.Pod.Use.Memory
			}
		}
		c := engine.Candidate{Node: names[n], Need: need, Arrived: beside}
		if names[n] != victim.Node && w.board.Home(relieve.Key(), c).Home {
			return plan.Home{Node: names[n]}, ""
		}
	}
	return plan.Home{}, plan.NoHome
}

// sources are the nodes in trouble, as the loop hands them to the planner.
func (w *world) sources() (out []plan.Source) {
	for t := range w.board.Troubles() {
		s := plan.Source{Node: t.Node, Troubles: []plan.Trouble{{
			Rule: t.Rule, Phase: t.Phase, Since: t.Since, Assumed: t.Assumed, Truth: t.Truth, Surely: t.Surely, Newest: t.Newest, Sentence: t.Sentence,
		}}}
		for _, r := range t.Relief {
			var parts []plan.Part
			for _, p := range r.Parts {
				parts = append(parts, plan.Part(p))
			}
			s.Troubles[0].Relief = append(s.Troubles[0].Relief, plan.Relief{Parts: parts})
		}
		for i := range w.slots {
			if n := w.slots[i].node; n != drift.Nowhere && names[n] == t.Node {
				s.Pods = append(s.Pods, w.pod(i))
			}
		}
		out = append(out, s)
	}
	return out
}

func (w *world) pod(i int) plan.Pod {
	s := &w.slots[i]
	out := plan.Pod{
		UID: w.uid(i), Namespace: w.namespaceOf(i), Name: w.uid(i), Node: names[s.node], Owner: w.ownerOf(i), Priority: s.priority,
		Use: w.need(i), Measured: s.seen > s.bound, PrefersToStay: s.stays, Refusal: s.refusal, Governed: map[rules.Key]plan.Reason{relieve.Key(): ""},
	}
	if m := w.moves[out.UID]; m != nil {
		out.Refusal = plan.Terminating
	}
	if w.now-s.bound < minPodAge {
		out.Governed[relieve.Key()] = plan.Young
	}
	return out
}
