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
	// added; ended where a span still reaches what has ended.
	at map[string]float64
	// homeless says that there are series of which nobody can tell.
	homeless bool
}

// ended is before all times.
var ended = math.Inf(-1)

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

// autoIdentities are those by autoLabels.
var autoIdentities = func() (all []identity) {
	for _, label := range autoLabels {
		all = append(all, byLabel(label))
	}
	return all
}()

func newAges(answer model.Vector, whose identity, offset time.Duration) ages {
	a := ages{at: make(map[string]float64, len(answer))}
	for _, s := range answer {
		key := whose.of(s.Metric)
		if key == "" {
			a.homeless = true
			continue
		}
		at := float64(s.Value) + offset.Seconds()
		if s.Value == 0 {
			at = ended
		}
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
	answer model.Vector
	joined *joined
	timed  []timed
}

// timed is a selector of the query with the ages of its series.
type timed struct {
	timing
	whose identity
	ages  ages
}

// derive asks for the ages of an answer's selectors.
func (r *round) derive(ctx context.Context, j job, answer *reply) (stamper, error) {
	all, err := timings(answer.query.expr)
	if err != nil {
		return nil, j.untimed(err)
	}
	d := &derived{answer: answer.vector, joined: answer.joined}
	for _, t := range all {
		known, err := r.timeSelector(ctx, j, t, d)
		if err != nil {
			return nil, err
		}
		d.timed = append(d.timed, known)
	}
	return d, nil
}

// timeSelector asks for the ages of a selector by whose the values are. Where its series
// do not say that, because group_left brought it from others, another label will do
// that the values have too.
func (r *round) timeSelector(ctx context.Context, j job, t timing, d *derived) (timed, error) {
	for i, whose := range append([]identity{d.joined.whose}, autoIdentities...) {
		if i > 0 && !d.everywhere(whose) {
			continue
		}
		a, err := r.agesOf(ctx, t, whose, j.lookback)
		if err != nil {
			return timed{}, fmt.Errorf("asking for the ages of %s: %w", cut(t.selector), err)
		}
		if !a.homeless || len(a.at) > 0 {
			return timed{t, whose, a}, nil
		}
	}
	return timed{}, j.untimed(fmt.Errorf("the series of %s have no label %s, by which the values are told apart",
		cut(t.selector), strings.Join(d.joined.whose.labels, " or ")))
}

// everywhere reports whether all series that count say whose they are in that way.
func (d *derived) everywhere(whose identity) bool {
	for _, series := range d.joined.series {
		for _, i := range series {
			if whose.of(d.answer[i].Metric) == "" {
				return false
			}
		}
	}
	return true
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
		at, found := t.ages.at[t.whose.of(d.answer[i].Metric)]
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
