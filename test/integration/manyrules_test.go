package integration

import (
	"fmt"
	"testing"
	"time"
)

const (
	manyMaps, rulesEach = 10, 100
	// theOne is the only rule that fires.
	theOne = "rule-7-77"
)

func TestAThousandRulesAreInForceAtOnce(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "many")
	r.addNodes(4)
	for i := range manyMaps {
		r.write(fmt.Sprintf("rules-%d", i), map[string]string{"rules.yaml": r.hundredRules(i, everywhere)})
	}
	r.start(quick)
	r.metric(manyMaps*rulesEach, "telemetry_scheduler_rules")
	r.firing(theOne, 4)
	r.metric(4, "telemetry_scheduler_rule_nodes", "state", "firing")
	pods := r.add(r.pod("waiting"))
	r.waits(pods[0], "node(s) broke telemetry rule "+theOne)

	began := time.Now()
	r.write("rules-7", map[string]string{"rules.yaml": r.hundredRules(7, idle)})
	r.bound(pods...)
	t.Logf("an edit of one of %d rules bound the waiting pod after %s", manyMaps*rulesEach, since(began))
	r.bound(r.addMany("more", 20)...)
	r.logEvaluation()
}

// hundredRules are rules about the pool of which one says when.
func (r *release) hundredRules(number int, when string) string {
	var rules []string
	for i := range rulesEach {
		name, condition := fmt.Sprintf("rule-%d-%d", number, i), idle+", clear: 85%"
		if name == theOne {
			condition = when
		}
		rules = append(rules, r.blocking(name, condition))
	}
	return document(rules...)
}

// logEvaluation reports what a tick costs.
func (r *release) logEvaluation() {
	r.t.Helper()
	m, err := r.Metrics(r.t.Context())
	r.must(err)
	h := m["telemetry_scheduler_evaluation_duration_seconds"].GetMetric()[0].GetHistogram()
	r.t.Logf("%d evaluations took %.1f ms each; the scheduler has %.0f MiB", h.GetSampleCount(),
		1000*h.GetSampleSum()/float64(h.GetSampleCount()), m.Sum("process_resident_memory_bytes")/(1<<20))
}
