package rules

import (
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// parseThreshold reads a threshold in the unit of a metric. How it is written
// depends on the unit: see the constants of Unit.
func parseThreshold(written strictyaml.Scalar, metric Metric) (float64, *strictyaml.Problem) {
	text := written.Text
	switch metric.Unit {
	case UnitPercent, UnitRatio:
		return parseShare(text, metric)
	case UnitSeconds:
		if duration, err := strictyaml.ParseDuration(text); err == nil && text != "0" {
			return duration.Seconds(), nil
		}
	}
	if strings.HasSuffix(text, "%") {
		return 0, &strictyaml.Problem{Message: metric.Name + " is not a share" + inUnit(metric) + ", so " + strictyaml.Show(text) + " has no meaning", Mend: insteadOfShare(text, metric)}
	}
	if suffix := quantitySuffix(text); suffix != "" {
		return parseQuantity(text, suffix, metric)
	}
	if oddSuffix.MatchString(text) {
		return 0, notInUnit(text, metric)
	}
	return number(text)
}

// inUnit says what a metric is measured in, where that has a name.
func inUnit(metric Metric) string {
	if metric.Unit == UnitNone {
		return ""
	}
	return " but measured in " + string(metric.Unit)
}

func number(text string) (float64, *strictyaml.Problem) {
	value, err := strictyaml.Number(text)
	if err == nil {
		return value, nil
	}
	problem, _ := err.(*strictyaml.Problem)
	return 0, problem
}

// parseShare reads a percentage, for a metric that counts to 100 or to 1.
func parseShare(text string, metric Metric) (float64, *strictyaml.Problem) {
	digits, isShare := strings.CutSuffix(text, "%")
	value, problem := number(digits)
	switch {
	case problem != nil && isShare:
		return 0, withoutSpace(digits, problem)
	case problem != nil:
		return 0, &strictyaml.Problem{Message: metric.Name + " is measured in percent, and " + strictyaml.Show(text) + " is no percentage", Mend: "write it like 90%" + otherMetric(text, metric)}
	case !isShare && value == 0:
		return 0, &strictyaml.Problem{Message: metric.Name + " is measured in percent", Mend: "write 0%"}
	case !isShare:
		return 0, &strictyaml.Problem{
			Message: text + " can be read as " + text + "% or as " + formatNumber(value*100) + "%",
			Mend:    "write the one that you mean, with its %",
		}
	case metric.Unit == UnitRatio:
		return value / 100, nil
	}
	return value, nil
}

// otherMetric points from a share to the built-in metric that counts what the
// author probably has in mind.
func otherMetric(text string, metric Metric) string {
	if !metric.BuiltIn || quantitySuffix(text) == "" && tidied(text) == nil {
		return ""
	}
	switch metric.Name {
	case MetricCPU:
		return ", or use the metric " + MetricCPUAvailable
	case MetricMemory:
		return ", or use the metric " + MetricMemoryAvailable
	}
	return ""
}

// quantityForm is a number with a suffix of Kubernetes quantities. Exponents are
// left to numbers: their size is not bounded in the quantity parser.
var quantityForm = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)$`)

// quantitySuffix is the suffix of a Kubernetes quantity, or "".
func quantitySuffix(text string) string {
	if parts := quantityForm.FindStringSubmatch(text); parts != nil {
		return parts[1]
	}
	return ""
}

func parseQuantity(text, suffix string, metric Metric) (float64, *strictyaml.Problem) {
	switch {
	case metric.Unit == UnitBytes && len(suffix) == 1 && strings.Contains("num", suffix):
		return 0, &strictyaml.Problem{Message: text + " is a fraction of a byte", Mend: "write " + strings.Join(tidied(strings.TrimSuffix(text, suffix)+"M"), " or ")}
	case metric.Unit == UnitCores && len(suffix) == 2:
		return 0, &strictyaml.Problem{Message: text + " counts bytes, and " + metric.Name + " is measured in cores", Mend: "write it like 2 or 500m"}
	}
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, &strictyaml.Problem{Message: text + " is not a quantity", Mend: "write it like 2Gi or 500m"}
	}
	return quantity.AsApproximateFloat64(), nil
}

// formatNumber writes a number as shortly as it can be read back.
func formatNumber(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
