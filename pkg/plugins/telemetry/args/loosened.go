package args

import (
	"fmt"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Loosened says what a rule asks beyond what the operator says. None of it holds; see For.
func (e *Eviction) Loosened(asked *rules.Evict) []rules.Loose {
	hour := strictyaml.Path("limits").Child("perHour")
	return slices.Concat(
		e.disallowed(asked.Allow),
		more(hour.Child("node"), e.PerHour.Node, asked.PerHour.Node), more(hour.Child("owner"), e.PerHour.Owner, asked.PerHour.Owner),
		more(hour.Child("namespace"), e.PerHour.Namespace, asked.PerHour.Namespace), more(hour.Child("total"), e.PerHour.Total, asked.PerHour.Total),
		less("cooldown", e.Cooldown, asked.Cooldown), less("minPodAge", e.MinPodAge, asked.MinPodAge), less("minReplicas", e.MinReplicas, asked.MinReplicas),
	)
}

func (e *Eviction) disallowed(asked []string) (out []rules.Loose) {
	for i, kind := range asked {
		if !slices.Contains(e.Allow, kind) {
			out = append(out, rules.Loose{
				Field: strictyaml.Path("allow").Index(i), Message: fmt.Sprintf("allow: %s is not allowed by the operator", kind),
				Mend: "remove it, or have the operator allow it under eviction",
			})
		}
	}
	return out
}

func more(field strictyaml.Path, operator, asked int32) []rules.Loose {
	if asked <= operator {
		return nil
	}
	return []rules.Loose{{Field: field, Message: fmt.Sprintf("%s: %d is more than the operator's %d, which holds", field, asked, operator), Mend: "lower it, or remove it"}}
}

func less[T int32 | time.Duration](field strictyaml.Path, operator T, asked *T) []rules.Loose {
	if asked == nil || *asked >= operator {
		return nil
	}
	return []rules.Loose{{Field: field, Message: fmt.Sprintf("%s: %s is less than the operator's %s, which holds", field, written(*asked), written(operator)), Mend: "raise it, or remove it"}}
}

// written is a value as it is written in rules.
func written[T int32 | time.Duration](value T) string {
	if span, is := any(value).(time.Duration); is {
		return strictyaml.Duration(span).String()
	}
	return fmt.Sprint(value)
}
