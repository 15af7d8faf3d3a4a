package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func TestFiringNodesAreCountedByRule(t *testing.T) {
	const text = `# TYPE telemetry_scheduler_rule_nodes gauge
telemetry_scheduler_rule_nodes{rule="calm",state="firing"} 0
telemetry_scheduler_rule_nodes{rule="calm",state="inactive"} 20
telemetry_scheduler_rule_nodes{rule="hot",state="firing"} 20
telemetry_scheduler_rule_nodes{rule="hot",state="inactive"} 0
`
	parser := expfmt.NewTextParser(model.UTF8Validation)
	m, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"calm": 0, "hot": 20}, firingIn(m)); diff != "" {
		t.Error(diff)
	}
	if got := firingIn(nil); got == nil || len(got) > 0 {
		t.Errorf("a scheduler without rules has %v", got)
	}
}
