package rules

import (
	"regexp"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// exampleOf shows how the thresholds of a unit are written that has more than
// plain numbers; "" for the others.
func exampleOf(metric Metric) string {
	switch metric.Unit {
	case UnitBytes:
		return "write it like 4Gi or 500M"
	case UnitCores:
		return "write it like 2 or 500m"
	case UnitSeconds:
		return "write it like 90, 5m or 30d"
	}
	return ""
}

// sizeForm is how people write sizes outside Kubernetes: 4GB, 500 mb, 2gi.
var sizeForm = regexp.MustCompile(`^(?i)([-+]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?) *([kmgtp])(i?)(?:b|bytes)?$`)

// tidied returns the quantities that the author of a size may have meant: one
// where it says that it counts by 1024, else both; none where it is no size.
func tidied(text string) []string {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	number, letter := parts[1], strings.ToUpper(parts[2])
	binary := number + letter + "i"
	if parts[3] != "" {
		return []string{binary}
	}
	return []string{number + strings.Replace(letter, "K", "k", 1), binary}
}

// oddSuffix is a plain number with letters behind it.
var oddSuffix = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)? *[A-Za-z]+$`)

// notInUnit says that a number has a suffix that nobody reads, and proposes what
// its author may have meant.
func notInUnit(text string, metric Metric) *strictyaml.Problem {
	problem := &strictyaml.Problem{Message: strictyaml.Show(text) + " is neither a number nor a quantity", Mend: exampleOf(metric)}
	sizes := tidied(text)
	switch {
	case metric.Unit == UnitSeconds:
		problem.Message = strictyaml.Show(text) + " is neither a number nor a duration"
	case metric.Unit == UnitCores: // no size counts cores
	case sizes != nil:
		problem.Mend = "write " + strings.Join(sizes, " or ")
	case problem.Mend == "":
		problem.Mend = "write a plain number"
	}
	return problem
}

// withoutSpace mends the digits of a percentage that a space parts from its %.
func withoutSpace(digits string, problem *strictyaml.Problem) *strictyaml.Problem {
	tight := strings.TrimRight(digits, " ")
	if _, still := number(tight); still != nil || tight == digits {
		return problem
	}
	return &strictyaml.Problem{Message: "there is a space before the %", Mend: "write " + tight + "%"}
}

// insteadOfShare proposes what to write for a percentage of a metric that is
// none.
func insteadOfShare(text string, metric Metric) string {
	digits := strings.TrimSpace(strings.TrimSuffix(text, "%"))
	example := exampleOf(metric)
	switch {
	case metric.BuiltIn && metric.Name == MetricCPUAvailable:
		return example + ", or use the metric " + MetricCPU
	case metric.BuiltIn && metric.Name == MetricMemoryAvailable:
		return example + ", or use the metric " + MetricMemory
	case example != "":
		return example
	}
	if _, problem := number(digits); problem == nil {
		return "write " + digits
	}
	return "write a plain number"
}
