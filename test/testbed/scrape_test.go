package testbed

import (
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func TestMetricsCountObservationsWithoutBuckets(t *testing.T) {
	const text = `# TYPE waits histogram
waits_bucket{le="1"} 2
waits_bucket{le="+Inf"} 3
waits_sum 7.5
waits_count 3
# TYPE pods gauge
pods{of="a"} 4
`
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(withoutBuckets(text)))
	must(t, err)
	m := Metrics(families)
	if got := m.Sum("waits"); got != 3 {
		t.Errorf("%v observations were counted, not 3", got)
	}
	if got := m["waits"].GetMetric()[0].GetHistogram().GetSampleSum(); got != 7.5 {
		t.Errorf("they add up to %v, not 7.5", got)
	}
	if got := m.Sum("pods", "of", "a"); got != 4 {
		t.Errorf("a gauge is %v, not 4", got)
	}
}
