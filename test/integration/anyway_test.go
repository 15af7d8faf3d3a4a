package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// givingWay is a pool of three nodes, all beyond the line of a rule that gives way.
type givingWay struct {
	*release
	nodes testbed.Nodes
	low   []string
}

// TestRulesGiveWay has rules of both kinds, and a pod on each node that preemption
// could take.
func TestRulesGiveWay(t *testing.T) {
	t.Parallel()
	tellGivingWay(t, "anyway")
}

// TestRulesGiveWayWithAsynchronousCalls has the scheduler write to the API server beside
// its cycles.
func TestRulesGiveWayWithAsynchronousCalls(t *testing.T) {
	t.Parallel()
	tellGivingWay(t, "anyway-async", "--feature-gates=SchedulerAsyncAPICalls=true")
}

func tellGivingWay(t *testing.T, name string, gates ...string) {
	g := &givingWay{release: newRelease(t, shared(t), name)}
	g.gates = gates
	g.nodes = g.addNodes(3)
	g.write("rules", map[string]string{
		"lenient.yaml": document(strings.Replace(g.blocking("rather-not", idle), "block: {}", "block: {whenAllBlocked: ScheduleAnyway}", 1)),
		"firm.yaml":    document(g.blocking("never", "metric: memory, above: 96%")),
	})
	g.important()
	g.start(quick)
	g.judged("rather-not", 3)
	tell(t, g,
		chapter[*givingWay]{"the least violating node takes the pod and an Event says so", (*givingWay).leastViolating},
		chapter[*givingWay]{"a burst of like pods is placed too", (*givingWay).burst},
		chapter[*givingWay]{"where a firm rule fires on every node the pod waits until it ends on one", (*givingWay).firmRuleWins},
		chapter[*givingWay]{"nothing was preempted", (*givingWay).nobodyLeft},
		chapter[*givingWay]{"no pod needed the flush of the queue", func(g *givingWay) { g.wantNoFlush() }},
	)
}

func (g *givingWay) in(t *testing.T) *givingWay { return &givingWay{g.release.in(t), g.nodes, g.low} }

// leastViolating has nodes of 64 GiB, of which 90 % are 57.6.
func (g *givingWay) leastViolating() {
	for i := range g.nodes.Count {
		p := g.pod(fmt.Sprintf("low-%d", i))
		p.CPU = "8"
		g.low = append(g.low, g.add(on(p, g.nodes.Name(i)))...)
	}
	g.bound(g.low...)
	for i, memory := range []string{"60Gi", "58Gi", "59Gi"} {
		g.use(memory, g.nodes.Name(i))
	}
	g.firing("rather-not", 3)
	g.readAgain()
	pods := g.add(important(g.pod("first")))
	g.bound(pods...)
	if landed := g.nodesOf(pods...); landed[g.nodes.Name(1)] != 1 {
		g.t.Errorf("the pod went to %v, and %s breaks the rule least", landed, g.nodes.Name(1))
	}
	e := g.event(pods[0], "TelemetryScheduledAnyway", "it breaks rule rather-not: memory would be 9")
	g.t.Log(e.Note)
	scheduled, failed := g.event(pods[0], "Scheduled", ""), g.event(pods[0], "FailedScheduling", "give way")
	g.t.Logf("the pod was bound %.3f s after its first attempt", scheduled.EventTime.Sub(failed.EventTime.Time).Seconds())
}

func (g *givingWay) burst() {
	var pods []string
	for _, p := range g.many("burst", 20) {
		p.Memory, p.UsesMemory = "16Mi", "8Mi" // that the firm rule has room for them
		pods = append(pods, g.add(p)...)
	}
	g.bound(pods...)
	g.metric(21, "telemetry_scheduler_scheduled_anyway_total", "rule", "rather-not")
}

func (g *givingWay) firmRuleWins() {
	for i := range g.nodes.Count {
		g.use("63Gi", g.nodes.Name(i))
	}
	g.firing("never", 3)
	pods := g.add(important(g.pod("waits")))
	g.waits(pods[0], "3 node(s) broke telemetry rule never")
	if told := g.sum("telemetry_scheduler_scheduled_anyway_total", "rule", "rather-not"); told != 21 {
		g.t.Errorf("%v placements were counted while a firm rule fired everywhere", told-21)
	}
	g.use("58Gi", g.nodes.Name(2))
	g.bound(pods...)
	if landed := g.nodesOf(pods...); landed[g.nodes.Name(2)] != 1 {
		g.t.Errorf("the pod went to %v, and only %s has no firm rule that fires", landed, g.nodes.Name(2))
	}
}

func (g *givingWay) nobodyLeft() {
	g.nodesOf(g.low...)
	g.nodesOf(g.addedBurst()...)
}

func (g *givingWay) addedBurst() (names []string) {
	for _, p := range g.many("burst", 20) {
		names = append(names, p.Name)
	}
	return names
}
