package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// point is one place of a series: a value, the mark of a series that ended, or nothing
// new.
type point struct {
	value   float64
	omitted bool
}

// notation reads series as promtool does.
var notation = parser.NewParser(parser.Options{})

// maxPoints bounds what an expression like 0x1000000000 makes.
const maxPoints = 100_000

// parseValues reads values in promtool's notation for a series of a name with labels.
func parseValues(series, values string) (labels.Labels, []point, error) {
	if err := bounded(values); err != nil {
		return labels.Labels{}, nil, err
	}
	found, sequence, err := notation.ParseSeriesDesc(series + " " + values)
	if err != nil {
		return labels.Labels{}, nil, plainly(err)
	}
	out := make([]point, len(sequence))
	for i, v := range sequence {
		if v.Histogram != nil {
			return labels.Labels{}, nil, errors.New("native histograms are not read here")
		}
		out[i] = point{value: v.Value, omitted: v.Omitted}
	}
	return found, out, nil
}

// plainly returns what a parser says without the text that it says it of.
func plainly(err error) error {
	var all parser.ParseErrors
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Err
	}
	return err
}

var repeated = regexp.MustCompile(`x([0-9]+)`)

func bounded(values string) error {
	points := len(strings.Fields(values))
	for _, found := range repeated.FindAllStringSubmatch(values, -1) {
		n, err := strconv.Atoi(found[1])
		if points += n; err != nil || n > maxPoints || points > maxPoints {
			return fmt.Errorf("a series has at most %d values", maxPoints)
		}
	}
	return nil
}

// amount is a number with a unit, as thresholds have them.
var amount = regexp.MustCompile(`([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)(%|[KMGTPE]i|[mkMGTPE])?`)

// inUnit rewrites values with units, such as 80%+1%x5 or 4Gi, into numbers of a metric's
// unit. Counts behind an x are left alone.
func inUnit(values string, unit rules.Unit) (string, error) {
	var out []string
	for _, field := range strings.Fields(values) {
		written, err := fieldInUnit(field, unit)
		if err != nil {
			return "", err
		}
		out = append(out, written)
	}
	return strings.Join(out, " "), nil
}

func fieldInUnit(field string, unit rules.Unit) (string, error) {
	if strings.HasPrefix(field, "_") || strings.HasPrefix(field, "stale") {
		return field, nil
	}
	numbers, count := field, ""
	if i := strings.LastIndexByte(field, 'x'); i >= 0 {
		numbers, count = field[:i], field[i:]
	}
	var problem error
	numbers = amount.ReplaceAllStringFunc(numbers, func(text string) string {
		number, err := number(text, unit)
		problem = errors.Join(problem, err)
		return strconv.FormatFloat(number, 'f', -1, 64)
	})
	return numbers + count, problem
}

// number reads one number with its unit.
func number(text string, unit rules.Unit) (float64, error) {
	bare, percent := strings.CutSuffix(text, "%")
	shares := unit == rules.UnitPercent || unit == rules.UnitRatio
	switch {
	case shares && !percent:
		return 0, fmt.Errorf("%[1]s can be read as %[1]s%% or as %[2]s; write the one that you mean, with its %%", text, asShare(bare))
	case percent && !shares:
		return 0, fmt.Errorf("%s has a %%, and the metric is no share", text)
	case unit == rules.UnitRatio:
		value, err := strconv.ParseFloat(bare, 64)
		return value / 100, err
	case percent:
		return strconv.ParseFloat(bare, 64)
	}
	if value, err := strconv.ParseFloat(text, 64); err == nil {
		return value, nil
	}
	quantity, err := resource.ParseQuantity(text)
	return quantity.AsApproximateFloat64(), err
}

// asShare is how a number reads where 1 is all.
func asShare(text string) string {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "?"
	}
	return strconv.FormatFloat(value*100, 'f', -1, 64) + "%"
}
