package plan_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const gib = 1 << 30

var (
	now    = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	memory = rules.Key{Name: "memory-above-90"}
	cpu    = rules.Key{Name: "cpu-above-80"}
	health = rules.Key{Name: "too-warm"}
)

// policy is that of a rule which says nothing beyond the defaults, with after: 1m.
func policy() plan.Policy {
	return plan.Policy{
		After: time.Minute, MaxAge: time.Minute, Cooldown: 30 * time.Minute,
		Limits: plan.PerHour{Node: 4, Owner: 2, Namespace: 5, Total: 20},
	}
}

func vacating() plan.Policy {
	p := policy()
	p.Vacate = true
	return p
}

// world is a cluster in which everything is allowed, and has its home.
func world(nodes ...plan.Source) plan.In {
	return plan.In{
		Now:        now,
		Rules:      map[rules.Key]plan.Policy{memory: policy(), cpu: policy(), health: vacating()},
		Nodes:      nodes,
		Concurrent: plan.AtOnce{Node: 1, Total: 3},
		Prove:      anywhere,
	}
}

func anywhere(*plan.Pod, []plan.Move) (plan.Home, plan.Reason) { return plan.Home{Node: "cool"}, "" }

func nowhere(*plan.Pod, []plan.Move) (plan.Home, plan.Reason) { return plan.Home{}, plan.NoHome }

// places has so many places on each node, in order; each pod takes one.
func places(free map[string]int) func(*plan.Pod, []plan.Move) (plan.Home, plan.Reason) {
	return func(_ *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
		for _, node := range []string{"cool-1", "cool-2", "cool-3"} {
			left := free[node]
			for _, m := range assumed {
				if m.Home.Node == node {
					left--
				}
			}
			if left > 0 {
				return plan.Home{Node: node}, ""
			}
		}
		return plan.Home{}, plan.NoHome
	}
}

// hot is a node that fires surely and for long, with so many GiB of memory too much.
func hot(name string, excess float64, pods ...plan.Pod) plan.Source {
	return node(name, pods, trouble(memory, part(rules.ResourceMemory, excess*gib)))
}

func node(name string, pods []plan.Pod, troubles ...plan.Trouble) plan.Source {
	s := plan.Source{Node: name, Troubles: troubles}
	for _, p := range pods {
		p.Node = name
		s.Pods = append(s.Pods, p)
	}
	return s
}

func trouble(rule rules.Key, alternatives ...plan.Part) plan.Trouble {
	t := plan.Trouble{
		Rule: rule, Phase: engine.Firing, Since: now.Add(-10 * time.Minute), Truth: engine.True,
		Surely: plan.SureAfter, Newest: now.Add(-2 * time.Second), Sentence: "memory is 95% (memory > 90%)",
	}
	for _, p := range alternatives {
		t.Relief = append(t.Relief, plan.Relief{Parts: []plan.Part{p}})
	}
	return t
}

func part(r rules.Resource, excess float64) plan.Part {
	return plan.Part{Metric: string(r), Value: 95, Threshold: 90, Clear: 85, Resource: r, Excess: excess}
}

// pod is governed by all rules, and the only one of its owner.
func pod(name string, memoryGiB float64, edits ...func(*plan.Pod)) plan.Pod {
	p := plan.Pod{
		UID: "uid-" + name, Namespace: "shop", Name: name, Owner: "owner-of-" + name, Measured: true,
		Use:      engine.Amounts{Memory: memoryGiB * gib},
		Governed: map[rules.Key]plan.Reason{memory: "", cpu: "", health: ""},
	}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func priority(value int32) func(*plan.Pod)  { return func(p *plan.Pod) { p.Priority = value } }
func cost(value int32) func(*plan.Pod)      { return func(p *plan.Pod) { p.DeletionCost = value } }
func cores(value float64) func(*plan.Pod)   { return func(p *plan.Pod) { p.Use.CPU = value } }
func ownedBy(owner string) func(*plan.Pod)  { return func(p *plan.Pod) { p.Owner = owner } }
func refused(r plan.Reason) func(*plan.Pod) { return func(p *plan.Pod) { p.Refusal = r } }
func covered(budget string) func(*plan.Pod) { return func(p *plan.Pod) { p.Budget = budget } }
func shaped(shape string) func(*plan.Pod)   { return func(p *plan.Pod) { p.Shape = shape } }
func prefersToStay(p *plan.Pod)             { p.PrefersToStay = true }
func unmeasured(p *plan.Pod)                { p.Measured = false }
func governed(by ...rules.Key) func(*plan.Pod) {
	return func(p *plan.Pod) {
		p.Governed = map[rules.Key]plan.Reason{}
		for _, rule := range by {
			p.Governed[rule] = ""
		}
	}
}

// text writes a plan with a line a node:
//
//	node: Reason: pod>home (Held), …; spared pod Reason, …
func text(p plan.Plan) string {
	var lines []string
	for _, n := range p.Nodes {
		line := n.Node + ":"
		if n.Reason != "" {
			line += " " + string(n.Reason)
		}
		for _, m := range n.Moves {
			line += fmt.Sprintf(" %s>%s", m.Pod.Name, m.Home.Node)
			if m.Held != "" {
				line += "(" + string(m.Held) + ")"
			}
		}
		for _, s := range n.Spared {
			line += fmt.Sprintf(" -%s(%s)", s.Pod.Name, s.Reason)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
