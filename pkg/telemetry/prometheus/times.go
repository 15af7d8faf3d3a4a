package prometheus

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// ages says when the newest samples of a selector's series were measured.
type ages struct {
	// at holds Unix seconds by whose the series are, with the offset of the selector
	// added.
	at map[string]float64
	// homeless says that there are series of which nobody can tell.
	homeless bool
}

// identity is how series say whose they are.
type identity struct {
	labels []string
	// of makes one text of the labels; empty where they say nothing.
	of func(model.Metric) string
}

// byLabel is the identity of nodes.
func byLabel(label model.LabelName) identity {
	return identity{[]string{string(label)}, func(m model.Metric) string { return string(m[label]) }}
}

func newAges(answer model.Vector, whose identity, offset time.Duration) ages {
	a := ages{at: make(map[string]float64, len(answer))}
	for _, s := range answer {
		key := whose.of(s.Metric)
		if key == "" {
			a.homeless = true
			continue
		}
		at := float64(s.Value) + offset.Seconds()
		if before, found := a.at[key]; found {
			at = older(before, at)
		}
		a.at[key] = at
	}
	return a
}

// stamp is how old the value of a node is, in Unix seconds of the server.
type stamp struct {
	// at is the time of the oldest sample; NaN where it is not known.
	at float64
	// ranged is the time of the oldest of those that are newest in a range; NaN where
	// no range is in the query.
	ranged float64
}

var unstamped = stamp{math.NaN(), math.NaN()}

// stamper says how old the value of a node is.
type stamper interface {
	stamp(place int) stamp
}

// derived takes the time of values from the selectors of their query.
type derived struct {
	answer  model.Vector
	joined  *joined
	timings []timing
	ages    []ages // of the timings
}

// derive asks for the ages of an answer's selectors.
func (r *round) derive(ctx context.Context, j job, answer *reply) (stamper, error) {
	d := &derived{answer: answer.vector, joined: answer.joined}
	var err error
	if d.timings, err = timings(answer.query.expr); err != nil {
		return nil, j.untimed(err)
	}
	for _, t := range d.timings {
		a, err := r.agesOf(ctx, t, d.joined.whose, j.lookback)
		if err != nil {
			return nil, fmt.Errorf("asking for the ages of %s: %w", cut(t.selector), err)
		}
		if a.homeless && len(a.at) == 0 {
			return nil, j.untimed(fmt.Errorf("the series of %s have no label %s, by which the values are told apart", cut(t.selector), strings.Join(d.joined.whose.labels, " or ")))
		}
		d.ages = append(d.ages, a)
	}
	return d, nil
}

// untimed says what to do about values without an age: only rules have ageQueries.
func (j job) untimed(why error) error {
	mend := "write an ageQuery"
	if slices.Contains([]string{telemetry.UsedCPU, telemetry.UsedMemory, podCPU, podMemory}, j.Name) {
		mend = "write another query under queries of the source"
	}
	return refusal{fmt.Errorf("the age of its values cannot be derived: %w; %s", why, mend)}
}

// stamp implements stamper: a value is as old as the oldest of what it is made of.
func (d *derived) stamp(place int) stamp {
	out := unstamped
	for i, t := range d.timings {
		at := d.oldest(i, place)
		switch {
		case math.IsNaN(at) && !t.optional:
			return unstamped
		case math.IsNaN(at):
			continue
		case t.ranged:
			out.ranged = older(out.ranged, at)
		}
		out.at = older(out.at, at)
	}
	return out
}

// oldest returns the time of a selector over the series of a node; NaN where one of
// them has none.
func (d *derived) oldest(timing, place int) float64 {
	out := math.NaN()
	for _, i := range d.joined.series[place] {
		at, found := d.ages[timing].at[d.joined.whose.of(d.answer[i].Metric)]
		if !found {
			return math.NaN()
		}
		out = older(out, at)
	}
	return out
}

// older returns the lesser of two numbers of which each may be NaN for none.
func older(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

// given takes the time of values from a query of its own.
type given struct {
	at     []float64 // by place of the node; NaN for none
	ranged bool
}

func (r *round) give(ctx context.Context, j job, ranged bool) (stamper, error) {
	answer, err := r.ask(ctx, j.AgeQuery, j)
	if err != nil {
		return nil, fmt.Errorf("the ageQuery %q: %w", cut(j.AgeQuery), err)
	}
	out := &given{at: make([]float64, len(answer.joined.series)), ranged: ranged}
	for place, series := range answer.joined.series {
		out.at[place] = math.NaN()
		for _, i := range series {
			out.at[place] = older(out.at[place], float64(answer.vector[i].Value))
		}
	}
	return out, nil
}

// stamp implements stamper.
func (g *given) stamp(place int) stamp {
	if g.ranged {
		return stamp{g.at[place], g.at[place]}
	}
	return stamp{g.at[place], math.NaN()}
}
