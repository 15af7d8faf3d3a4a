package args

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

const (
	defaultSource = "metrics"
	// defaultInterval is as often as metrics-server and kubelets measure.
	defaultInterval = strictyaml.Duration(15 * time.Second)
	// defaultPort is the one after kube-scheduler's secure port.
	defaultPort int32 = 10260
	// defaultCollector is where one listens by default, on the same machine.
	defaultCollector = "localhost:4317"
)

// setDefaults fills what was left out. The built-in metrics come from the source
// "metrics", or from the only one where that has another name.
func setDefaults(s *spec) {
	if s.Sources == nil {
		s.Sources = []sourceSpec{{Name: defaultSource, Type: string(MetricsAPI)}}
	}
	builtin := defaultSource
	if len(s.Sources) == 1 {
		builtin = s.Sources[0].Name
	}
	orElse(&s.RulesLabel, "true")
	orElse(&s.PauseConfigMap, "telemetry-scheduler-pause")
	orElse(&s.Builtin, builtin)
	orElse(&s.NewNodeGrace, strictyaml.Duration(3*time.Minute))
	orElse(&s.StartTimeout, strictyaml.Duration(30*time.Second))
	orElse(&s.MinInterval, strictyaml.Duration(10*time.Second))
	orElse(&s.PodExemptions, true)
	orElse(&s.NamespaceLimits, limitsSpec{})
	orElse(&s.NamespaceLimits.Rules, 50)
	orElse(&s.NamespaceLimits.Preferences, 10)
	orElse(&s.NamespaceLimits.Terms, 200)
	orElse(&s.NamespaceLimits.Together, countsSpec{})
	orElse(&s.NamespaceLimits.Together.Rules, 500)
	orElse(&s.NamespaceLimits.Together.Preferences, 100)
	orElse(&s.NamespaceLimits.Together.Terms, 2000)
	orElse(&s.API.Port, defaultPort)
	orElse(&s.Eviction, evictionSpec{})
	setEvictionDefaults(s.Eviction)
	if s.Tracing != nil {
		orElse(&s.Tracing.Endpoint, defaultCollector)
	}
	for i := range s.Sources {
		orElse(&s.Sources[i].Interval, max(defaultInterval, *s.MinInterval))
	}
}

func orElse[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}
