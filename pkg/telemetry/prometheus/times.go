package prometheus

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"
)

// ages says when the newest samples of a selector's series were measured.
type ages struct {
	// at holds Unix seconds by the value of the label of the join, with the offset
	// of the selector added.
	at map[model.LabelValue]float64
	// homeless says that there are series without that label.
	homeless bool
}

func newAges(answer model.Vector, label model.LabelName, offset time.Duration) ages {
	a := ages{at: make(map[model.LabelValue]float64, len(answer))}
	for _, s := range answer {
		value := s.Metric[label]
		if value == "" {
			a.homeless = true
			continue
		}
		a.at[value] = float64(s.Value) + offset.Seconds()
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
		return nil, untimed(err)
	}
	for _, t := range d.timings {
		a, err := r.agesOf(ctx, t, d.joined.label, j.lookback)
		if err != nil {
			return nil, fmt.Errorf("asking for the ages of %s: %w", cut(t.selector), err)
		}
		if a.homeless && len(a.at) == 0 {
			return nil, untimed(fmt.Errorf("the series of %s have no label %s, by which the values find their nodes", cut(t.selector), d.joined.label))
		}
		d.ages = append(d.ages, a)
	}
	return d, nil
}

func untimed(why error) error {
	return refusal{fmt.Errorf("the age of its values cannot be derived: %w; write an ageQuery", why)}
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
		at, found := d.ages[timing].at[d.answer[i].Metric[d.joined.label]]
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
