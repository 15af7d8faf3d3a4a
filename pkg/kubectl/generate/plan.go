package generate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// plan is what templates are filled with. Texts are as people write them.
type plan struct {
	Kind, Name, Query, Resource string
	// Above is the line, and empty where there is no rule; Clear is the second one.
	Above, Clear string
	For, Mode    string
	GiveWay      bool
	Prefers      bool
	Nodes, Pods  map[string]string
	// Test is a test of the rules.
	Test *test
}

// test is a scenario with a node above the line, one below, one that comes down between
// the two lines, and one of which nothing is known.
type test struct {
	Series []series
	// High and Between are the times at which the cases look.
	High, Between string
	// Hysteresis is set where there is something between the lines.
	Hysteresis bool
}

type series struct{ Node, Series, Values string }

func (o *options) plan() (*plan, error) {
	k := o.kind
	p := &plan{
		Kind: k.name, Above: o.threshold, Clear: o.clear, Mode: o.mode, GiveWay: o.giveWay,
		Prefers: k.prefers, Nodes: o.nodes, Pods: o.pods, Query: o.query, Resource: o.resource,
	}
	p.Name = cmp.Or(o.name, k.name)
	if len(k.resources) > 0 {
		p.Name = cmp.Or(o.name, o.resource+"-stall")
		if !slices.Contains(k.resources, o.resource) {
			return nil, cli.Usagef("--resource is %q: %s", o.resource, strictyaml.DidYouMean(o.resource, k.resources))
		}
	}
	if p.Query == "" && k.query != "" {
		if p.Query = k.query; len(k.resources) > 0 {
			p.Query = fmt.Sprintf(k.query, o.resource)
		}
	}
	return p, o.lines(p)
}

// lines are the thresholds, for how long, and the test that fits them.
func (o *options) lines(p *plan) error {
	if p.Above == "" && (o.clear != "" || o.lasts != "") {
		return cli.Usagef("without --threshold there is no rule, and --clear and --for have no meaning")
	}
	lasts := o.kind.lasts
	if o.lasts != "" {
		read, err := strictyaml.ParseDuration(o.lasts)
		if err != nil || read > longest {
			return cli.Usagef("--for is %q: write it like 30s or 2m, and at most %s", o.lasts, strictyaml.Duration(longest))
		}
		lasts = read
	}
	if lasts > 0 {
		p.For = strictyaml.Duration(lasts).String()
	}
	above, clear := typical, 0.0
	if p.Above != "" {
		var err error
		if above, err = o.number("threshold", p.Above); err != nil {
			return err
		}
	}
	if p.Clear == "" {
		clear = round(o.kind.clear(above))
		if p.Above != "" {
			p.Clear = o.written(clear)
		}
	} else {
		var err error
		if clear, err = o.number("clear", p.Clear); err != nil {
			return err
		}
	}
	p.Test = o.test(above, clear, lasts)
	return nil
}

// longest keeps a test within a day.
const longest = 12 * time.Hour

// typical is a value for tests of what has no line.
const typical = 100.0

func (o *options) number(flag, text string) (float64, error) {
	value, err := strconv.ParseFloat(strings.TrimSuffix(text, o.kind.suffix), 64)
	if err != nil || !strings.HasSuffix(text, o.kind.suffix) || !(value > 0 && value < 1e9) {
		return 0, cli.Usagef("--%s is %q: write a number above 0, like %s", flag, text, o.written(85))
	}
	return value, nil
}

func (o *options) written(value float64) string {
	return strconv.FormatFloat(value, 'f', -1, 64) + o.kind.suffix
}

// round keeps four digits, which nobody minds in a second line.
func round(value float64) float64 {
	digits := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(value))))
	return math.Round(value*digits) / digits
}

// step is the time between two values of a test, and settled how long a query needs to
// show a change whole.
const (
	step    = 30 * time.Second
	settled = 15 * time.Minute
)

func (o *options) test(above, clear float64, lasts time.Duration) *test {
	high := (lasts + settled).Round(step)
	out := &test{
		High: strictyaml.Duration(high - time.Minute).String(), Between: strictyaml.Duration(high + settled - time.Minute).String(),
		Hysteresis: clear < above,
	}
	first, second := int(high/step), int(settled/step)
	over, between, under := round(above*1.05), round((above+clear)/2), round(clear*0.9)
	for i, node := range []struct {
		name        string
		then, later float64
	}{{"over", over, over}, {"calming", over, between}, {"under", under, under}} {
		s := series{Node: node.name, Values: o.values(node.then, first, node.later, second)}
		if o.kind.series != nil {
			s.Series = o.kind.series(o.resource, node.name, fmt.Sprintf("10.0.0.%d", i+1))
		}
		out.Series = append(out.Series, s)
	}
	return out
}

// values are one value for some steps and then another: in promtool's notation, of which
// "a+bxn" has n+1 values.
func (o *options) values(then float64, steps int, later float64, more int) string {
	if !o.kind.counts {
		return fmt.Sprintf("%sx%d %sx%d", o.written(then), steps-1, o.written(later), more)
	}
	rise := func(percent float64) float64 { return percent / 100 * step.Seconds() }
	number := func(value float64) string { return strconv.FormatFloat(math.Round(value*1e4)/1e4, 'f', -1, 64) }
	last := rise(then) * float64(steps)
	return fmt.Sprintf("0+%sx%d %s+%sx%d", number(rise(then)), steps, number(last+rise(later)), number(rise(later)), more)
}
