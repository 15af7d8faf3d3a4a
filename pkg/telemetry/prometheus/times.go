package prometheus

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// ages says when the newest samples of a selector's series were measured.
type ages struct {
	// at holds Unix seconds by the value of the label of the join, with the offset
	// of the selector added; ended where a span still reaches what has ended.
	at map[model.LabelValue]float64
	// homeless says that there are series without that label.
	homeless bool
}

// ended is before all times.
var ended = math.Inf(-1)

func newAges(answer model.Vector, label model.LabelName, offset time.Duration) ages {
	a := ages{at: make(map[model.LabelValue]float64, len(answer))}
	for _, s := range answer {
		value := s.Metric[label]
		if value == "" {
			a.homeless = true
			continue
		}
		a.at[value] = float64(s.Value) + offset.Seconds()
		if s.Value == 0 {
			a.at[value] = ended
		}
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
	answer model.Vector
	joined *joined
	timed  []timed
}

// timed is a selector of the query with the ages of its series, by a label.
type timed struct {
	timing
	label model.LabelName
	ages  ages
}

// derive asks for the ages of an answer's selectors.
func (r *round) derive(ctx context.Context, j job, answer *reply) (stamper, error) {
	all, err := timings(answer.query.expr)
	if err != nil {
		return nil, untimed(err)
	}
	d := &derived{answer: answer.vector, joined: answer.joined}
	for _, t := range all {
		known, err := r.timeSelector(ctx, t, d, j.lookback)
		if err != nil {
			return nil, err
		}
		d.timed = append(d.timed, known)
	}
	return d, nil
}

// timeSelector asks for the ages of a selector by the label of the join. Where its series do
// not have that one, because group_left brought it from others, another label will
// do that the values have too.
func (r *round) timeSelector(ctx context.Context, t timing, d *derived, lookback time.Duration) (timed, error) {
	for i, label := range slices.Concat([]model.LabelName{d.joined.label}, autoLabels) {
		if i > 0 && !d.everywhere(label) {
			continue
		}
		a, err := r.agesOf(ctx, t, label, lookback)
		if err != nil {
			return timed{}, fmt.Errorf("asking for the ages of %s: %w", cut(t.selector), err)
		}
		if !a.homeless || len(a.at) > 0 {
			return timed{t, label, a}, nil
		}
	}
	return timed{}, untimed(fmt.Errorf("the series of %s have no label %s, by which the values find their nodes", cut(t.selector), d.joined.label))
}

// everywhere reports whether all series that found a node have a label.
func (d *derived) everywhere(label model.LabelName) bool {
	for _, series := range d.joined.series {
		for _, i := range series {
			if d.answer[i].Metric[label] == "" {
				return false
			}
		}
	}
	return true
}

func untimed(why error) error {
	return refusal{fmt.Errorf("the age of its values cannot be derived: %w; write an ageQuery", why)}
}

// stamp implements stamper: a value is as old as the oldest of what it is made of.
func (d *derived) stamp(place int) stamp {
	out := unstamped
	for _, t := range d.timed {
		at := d.oldest(t, place)
		switch {
		case at == ended, math.IsNaN(at) && !t.optional:
			return unstamped
		case math.IsNaN(at):
			continue
		case t.span > 0:
			out.ranged = older(out.ranged, at)
		}
		out.at = older(out.at, at)
	}
	return out
}

// oldest returns the time of a selector over the series of a node; NaN where one of
// them has none and needs it, and where all have none.
func (d *derived) oldest(t timed, place int) float64 {
	out := math.NaN()
	for _, i := range d.joined.series[place] {
		at, found := t.ages.at[d.answer[i].Metric[t.label]]
		switch {
		case found:
			out = older(out, at)
		case !t.optional:
			return math.NaN()
		}
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
