package explain

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// none stands where there is nothing.
const none = "-"

func dash(text string) string {
	if text == "" {
		return none
	}
	return text
}

func orNone(text string) string {
	if text == "" {
		return "no rule"
	}
	return text
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func format(value float64, unit string) string { return engine.FormatValue(value, rules.Unit(unit)) }

func value(v *float64, unit string) string {
	if v == nil {
		return none
	}
	return format(*v, unit)
}

// seconds writes an age; the zero duration is none.
func seconds(s *float64) string {
	if s == nil || *s == 0 {
		return none
	}
	d := time.Duration(*s * float64(time.Second))
	if d >= time.Second {
		d = d.Round(time.Second)
	}
	return d.String()
}

func amount(a *float64) float64 {
	if a == nil {
		return 0
	}
	return *a
}

func cpu(cores float64) string {
	return resource.NewMilliQuantity(int64(math.Round(cores*1000)), resource.DecimalSI).String()
}

// memory writes bytes to a tenth of the unit that they have most of.
func memory(bytes float64) string { return engine.FormatValue(bytes, rules.UnitBytes) }

func pods(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// free writes headroom: what is absent has no bound. Where a rule knows nothing, nobody
// knows whether there is one, and what the others leave is the most that it can be.
func free(n *v1alpha1.NodeVerdict, a *float64, write func(float64) string) string {
	switch blind := len(n.Unknown) > 0; {
	case a == nil && blind:
		return "?"
	case a == nil:
		return "any"
	case blind:
		return "≤" + write(*a)
	}
	return write(*a)
}

func score(n *v1alpha1.NodeVerdict) string {
	if n.Score == nil {
		return none
	}
	return strconv.FormatInt(*n.Score, 10)
}

// worth says what a score is made of.
func worth(n *v1alpha1.NodeVerdict) string {
	var out []string
	for _, p := range n.Preferences {
		out = append(out, fmt.Sprintf("%s %.4g (weight %.4g)", p.Preference, p.Points, p.Weight))
	}
	for _, a := range n.Avoids {
		out = append(out, fmt.Sprintf("%s -%.4g", a.Rule, a.Points))
	}
	return strings.Join(out, ", ")
}

// written is a comparison in words.
type written struct{ value, age, inFlight, pod, with, left, truth string }

// parts writes the parts of a comparison. Of a new node that was never measured the value
// is what its pods request.
func parts(c *v1alpha1.Comparison) written {
	out := written{value: value(c.Value, c.Unit), age: seconds(c.AgeSeconds), inFlight: none, pod: none, with: none, left: none, truth: none}
	if w := c.WithPod; w != nil {
		out.inFlight, out.pod, out.with, out.left, out.truth = format(w.InFlight, c.Unit), format(w.Pod, c.Unit), format(w.Value, c.Unit), format(w.Left, c.Unit), w.Truth
		if w.Requested != nil {
			out.value = format(*w.Requested, c.Unit) + " requested"
		}
	}
	return out
}
