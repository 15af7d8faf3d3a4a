package args

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// leastMaxAge is how old a built-in metric may always be: metrics-server alone
// may be a measurement and a half behind.
const leastMaxAge = time.Minute

// BuiltinTimes are interval and maximal age of the built-in metrics. A source
// that is read less often is believed for as many readings.
func (a *Args) BuiltinTimes() (interval, maxAge time.Duration) {
	interval = a.BuiltinSource().Interval
	return interval, max(leastMaxAge, 4*interval)
}

// SourceKinds says what each source reads for rules that define metrics of their own.
// The types that a program adds serve metrics by name, as custom.metrics.k8s.io does.
func (a *Args) SourceKinds() map[string]rules.SourceKind {
	out := map[string]rules.SourceKind{}
	for _, s := range a.Sources {
		switch s.Type {
		case MetricsAPI, Kubelet:
			out[s.Name] = rules.SourceOfNothing
		case Prometheus:
			out[s.Name] = rules.SourceOfQueries
		default:
			out[s.Name] = rules.SourceOfCustom
		}
	}
	return out
}
