package integration

import (
	"strings"
	"testing"
)

// TestTelemetryThatComesAndGoes is about one cluster that has no metrics API at
// first, then one that works, hangs, dies, and works again.
func TestTelemetryThatComesAndGoes(t *testing.T) {
	t.Parallel()
	r := newRelease(t, own(t), "sources")
	r.must(r.bed.AddNodes(t.Context(), r.nodes(4)))
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle, "onUnknown: Block"))})
	r.start(quick)
	tell(t, r,
		chapter[*release]{"without a metrics API pods are scheduled and an Event says what is missing", (*release).noMetricsAPI},
		chapter[*release]{"the metrics API is used once it is there", (*release).metricsAPIComes},
		chapter[*release]{"while it hangs pods are scheduled and a hot node stays spared", (*release).metricsAPIHangs},
		chapter[*release]{"after a minute all nodes are unknown which is the source's fault and blocks nobody", (*release).samplesAge},
		chapter[*release]{"it recovers by itself", (*release).metricsAPIRecovers},
		chapter[*release]{"it may die and be started again", (*release).metricsAPIDies},
		chapter[*release]{"no pod needed the flush of the queue", (*release).wantNoFlush},
	)
}

const up = "telemetry_scheduler_source_up"

func (r *release) noMetricsAPI() {
	r.metric(0, up, "source", "metrics")
	e := r.event("telemetry-scheduler", "TelemetrySourceFailed", "the cluster serves no metrics.k8s.io/v1beta1; install metrics-server")
	r.t.Log(e.Note)
	r.bound(r.addMany("blind", 4)...)
	f := r.finds(unserved)[0]
	r.t.Log(f.What, f.Advice)
}

// unserved is what the doctor says where there is no metrics API.
var unserved = []wrong{{check: "metrics-api", object: "apiservice/v1beta1.metrics.k8s.io"}}

func (r *release) metricsAPIComes() {
	r.must(r.bed.StartMetricsServer(r.t.Context()))
	r.mended(unserved)
	r.metric(1, up, "source", "metrics")
	r.event("telemetry-scheduler", "TelemetrySourceRecovered", "metrics can be read again")
	r.measured(4)
	r.judged("line", 4)
	r.use(hotMemory, r.nodes(4).Name(0))
	r.firing("line", 1)
}

func (r *release) metricsAPIHangs() {
	r.bed.MetricsServer.Pause()
	r.metric(0, up, "source", "metrics")
	pods := r.addMany("hanging", 8)
	r.bound(pods...)
	hot := r.nodes(4).Name(0)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		r.t.Errorf("the pods went to %v; %s was hot when telemetry ended", landed, hot)
	}
	if !strings.Contains(r.Log(), "Telemetry cannot be read") {
		r.t.Error("the log does not say that telemetry cannot be read")
	}
}

func (r *release) samplesAge() {
	r.metric(1, "telemetry_scheduler_rule_source_fault", "rule", "line")
	r.event("rules", "TelemetryMissing", "of the 4 nodes of rule line")
	r.bound(r.addMany("aged", 4)...)
}

func (r *release) metricsAPIRecovers() {
	r.bed.MetricsServer.Resume()
	r.metric(1, up, "source", "metrics")
	r.judged("line", 4)
	r.event("rules", "TelemetryBack", "rule line")
	r.firing("line", 1)
}

func (r *release) metricsAPIDies() {
	r.bed.MetricsServer.Kill()
	r.metric(0, up, "source", "metrics")
	r.bound(r.addMany("dead", 4)...)
	r.must(r.bed.MetricsServer.Restart())
	r.metric(1, up, "source", "metrics")
}
