package memory_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// cluster is 20 nodes of 100 units of memory, of which 12 have all pods at the start.
// What pods use changes each round.
type cluster struct {
	now  time.Time
	pods []plan.Pod
	at   map[string]float64
}

var (
	rule   = rules.Key{Name: "memory-above-90"}
	policy = plan.Policy{
		After: time.Minute, MaxAge: time.Minute, Cooldown: 30 * time.Minute,
		Limits: plan.PerHour{Node: 4, Owner: 2, Namespace: 50, Total: 20},
	}
)

func newCluster(r *rand.Rand) *cluster {
	c := &cluster{now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	for i := range 200 {
		c.pods = append(c.pods, plan.Pod{
			UID: fmt.Sprint("uid-", i), Namespace: "shop", Name: fmt.Sprint("pod-", i), Owner: fmt.Sprint("owner-", i/3),
			Node: fmt.Sprint("node-", r.IntN(12)), Measured: true, Governed: map[rules.Key]plan.Reason{rule: ""},
			Use: engine.Amounts{Memory: 2 + 8*r.Float64()}, Priority: int32(r.IntN(2)),
		})
	}
	return c
}

// measure lets load change, and a minute pass.
func (c *cluster) measure(r *rand.Rand) {
	c.now, c.at = c.now.Add(time.Minute), map[string]float64{}
	for i := range c.pods {
		use := &c.pods[i].Use.Memory
		*use = min(12, max(1, *use+r.Float64()-0.5))
		c.at[c.pods[i].Node] += *use
	}
}

// sources are the nodes above 90, each of which is to come under 85.
func (c *cluster) sources() (out []plan.Source) {
	for node, value := range c.at {
		if value <= 90 {
			continue
		}
		s := plan.Source{Node: node, Troubles: []plan.Trouble{{
			Rule: rule, Phase: engine.Firing, Truth: engine.True, Surely: plan.SureAfter, Newest: c.now, Since: c.now.Add(-time.Hour),
			Relief: []plan.Relief{{Parts: []plan.Part{{Resource: rules.ResourceMemory, Value: value, Threshold: 90, Clear: 85, Excess: value - 85}}}},
		}}}
		for _, p := range c.pods {
			if p.Node == node {
				s.Pods = append(s.Pods, p)
			}
		}
		out = append(out, s)
	}
	return out
}

// prove finds the first node that stays under 85 with the pod.
func (c *cluster) prove(p *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
	for i := range 20 {
		node := fmt.Sprint("node-", i)
		with := c.at[node] + p.Use.Memory
		for _, m := range assumed {
			if m.Home.Node == node {
				with += m.Pod.Use.Memory
			}
		}
		if node != p.Node && with < 85 {
			return plan.Home{Node: node}, ""
		}
	}
	return plan.Home{}, plan.NoHome
}

// make makes the moves of a plan, each of which is over at once.
func (c *cluster) make(t *testing.T, m *memory.Memory, p plan.Plan) (made []plan.Move) {
	for _, n := range p.Nodes {
		for _, move := range n.Moves {
			if move.Held != "" {
				continue
			}
			a := memory.Act{Rules: move.For, Sampled: c.now, UID: move.Pod.UID, Namespace: "shop", Pod: move.Pod.Name, Owner: move.Pod.Owner,
				Node: n.Node, Home: move.Home.Node, Cooldown: move.Cooldown, Predicted: move.Relieves.Memory, Last: move.Last}
			if !m.Begin(c.now, a) {
				t.Fatal("a move was planned that cannot be counted")
			}
			c.land(m, &move)
			made = append(made, move)
		}
	}
	return made
}

func (c *cluster) land(m *memory.Memory, move *plan.Move) {
	for i := range c.pods {
		if c.pods[i].UID == move.Pod.UID {
			c.pods[i].Node = move.Home.Node
		}
	}
	for i, n := range []memory.News{{Event: memory.Accepted}, {Event: memory.Gone}, {Event: memory.Bound, Node: move.Home.Node},
		{Event: memory.Sampled, Stamp: c.now.Add(10 * time.Second), Relieved: move.Relieves.Memory},
		{Event: memory.Sampled, Stamp: c.now.Add(20 * time.Second), Relieved: move.Relieves.Memory}} {
		m.Tell(c.now.Add(time.Duration(i)*time.Second), move.Pod.UID, n)
	}
}

// made are moves with their times.
type made []struct {
	at   time.Time
	move plan.Move
}

// add wants a move to be within the limits that count what was made before it.
func (h *made) add(t *testing.T, at time.Time, move plan.Move) {
	node, total := 1, 1
	for _, before := range *h {
		age := at.Sub(before.at)
		if age < time.Hour {
			total++
		}
		if age < time.Hour && before.move.Pod.Node == move.Pod.Node {
			node++
		}
		if age < policy.Cooldown && before.move.Pod.Owner == move.Pod.Owner {
			t.Errorf("%s was moved twice within its cool-down", move.Pod.Owner)
		}
	}
	if node > 4 || total > 20 {
		t.Errorf("%d moves within an hour, %d from %s", total, node, move.Pod.Node)
	}
	*h = append(*h, struct {
		at   time.Time
		move plan.Move
	}{at, move})
}

// TestRoundsStayWithinLimits plans, moves and restarts, a virtual minute a round, under
// random load: no limit is passed within any hour, and no owner is moved again within
// its cool-down.
func TestRoundsStayWithinLimits(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	c, m, all := newCluster(r), memory.New(), made{}
	for round := 0; round < 200 && !t.Failed(); round++ {
		c.measure(r)
		p := plan.Make(plan.In{
			Now: c.now, Rules: map[rules.Key]plan.Policy{rule: policy}, Nodes: c.sources(), Prove: c.prove,
			Concurrent: plan.AtOnce{Node: 1, Total: 3}, Real: m.Past(c.now, false), Dry: m.Past(c.now, true),
		})
		m.Learn(c.now, p)
		for _, move := range c.make(t, m, p) {
			all.add(t, c.now, move)
		}
		m = restarted(t, c.now, m)
	}
	if t.Logf("seed %d: %d moves in 200 minutes", seed, len(all)); len(all) < 20 {
		t.Error("so few moves meet no limit")
	}
}

func restarted(t *testing.T, now time.Time, m *memory.Memory) *memory.Memory {
	entries := map[string]json.RawMessage{}
	for _, e := range m.Entries() {
		entries[e.Key] = e.Value
	}
	out, err := memory.Restore(now, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
