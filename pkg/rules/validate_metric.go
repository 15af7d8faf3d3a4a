package rules

import (
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

var (
	unitForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9/%._-]{0,30}$`)
	labelForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
)

// ownMetrics checks and compiles the metrics of the text and makes them known.
func (v *validator) ownMetrics(specs []MetricSpec) []Metric {
	if v.opts.Namespace != "" && len(specs) > 0 {
		v.notInNamespace(v.key, "metrics", "use those of the cluster's rules", "rules of one namespace cannot define metrics")
	}
	taken := map[string]int{}
	compiled := make([]Metric, len(specs))
	for i := range specs {
		path := strictyaml.Path("metrics").Index(i)
		compiled[i] = v.ownMetric(path, &specs[i])
		if builtIn := v.opts.Metrics[specs[i].Name]; builtIn.BuiltIn {
			v.builtIn(path.Child("name"), specs[i].Name)
		} else if v.name(path, specs[i].Name, taken) {
			v.metrics[specs[i].Name] = compiled[i]
		}
	}
	return compiled
}

func (v *validator) builtIn(at strictyaml.Path, name string) {
	defer v.judging(CheckName)()
	v.value(at, "choose another name", "%q is built in and cannot be redefined", name)
}

// ownMetric checks one metric but for its name.
func (v *validator) ownMetric(path strictyaml.Path, s *MetricSpec) Metric {
	v.origin(path, s)
	v.joining(path, s)
	v.unit(path.Child("unit"), s.Unit)
	v.sampling(path, s)
	at := v.at.Value(path)
	return Metric{
		Name: s.Name, Description: s.Description, Unit: s.Unit,
		Origin: Origin{File: v.file, Line: at.Line, Column: at.Column},
		Source: v.source(path, s), Values: v.values(path, s),
		Interval: time.Duration(*s.Interval), MaxAge: time.Duration(*s.MaxAge),
		InFlight: v.inFlight(path.Child("inFlight"), s),
	}
}

func (v *validator) unit(at strictyaml.Path, unit Unit) {
	defer v.judging(CheckUnit)()
	if unit != UnitNone && !unitForm.MatchString(string(unit)) {
		v.value(at, "write a word such as percent, ratio, seconds or celsius", "%q is not a unit", strictyaml.Show(string(unit)))
	}
}

// sampling checks how often values are wanted, and how old they may be.
func (v *validator) sampling(path strictyaml.Path, s *MetricSpec) {
	defer v.judging(CheckSampling)()
	if interval := *s.Interval; interval == 0 {
		v.value(path.Child("interval"), "write it like 30s", `"interval" must be longer than 0s`)
	} else if *s.MaxAge < 2*interval {
		v.value(path.Child("maxAge"), "write at least "+(2*interval).String(), `"maxAge" of %s is shorter than two intervals of %s: one late sample would make the node Unknown`, *s.MaxAge, interval)
	}
}

// values compiles where the values come from.
func (v *validator) values(path strictyaml.Path, s *MetricSpec) Values {
	out := Values{
		Query: s.Query, AgeQuery: s.AgeQuery, ZeroWhile: s.ZeroWhile, PodQuery: s.PodQuery,
		Join: *s.Join, Combine: s.Combine, Window: v.window(path, s),
	}
	if s.PodLabels != nil {
		out.PodLabels = *s.PodLabels
	}
	if c := s.CustomMetric; c != nil {
		out.Custom = &CustomMetric{Name: c.Name, Selector: labels.Everything()}
		if c.Selector != nil {
			out.Custom.Selector = v.selector(path.Child("customMetric").Child("selector"), c.Selector)
		}
	}
	return out
}

// origin checks where the values come from.
func (v *validator) origin(path strictyaml.Path, s *MetricSpec) {
	defer v.judging(CheckValues)()
	query, custom := v.at.Has(path.Child("query")), v.at.Has(path.Child("customMetric"))
	switch {
	case query && custom:
		v.key(path.Child("customMetric"), "keep one", `"query" and "customMetric" stand side by side`)
	case !query && !custom && !v.anyBroken(path, "query", "customMetric"):
		v.value(path, "write one of them", `%s needs "query" or "customMetric"`, path.Last())
	case query && strings.TrimSpace(s.Query) == "":
		v.missing(path, "query", "write a PromQL expression")
	}
	if c := s.CustomMetric; c != nil {
		v.custom(path.Child("customMetric"), c)
	}
	for _, name := range []string{"ageQuery", "zeroWhile", "podQuery"} {
		if custom && v.at.Has(path.Child(name)) {
			v.key(path.Child(name), "remove it", `%q has no meaning with "customMetric"`, name)
		}
	}
	if v.at.Has(path.Child("podLabels")) && s.PodQuery == "" {
		v.key(path.Child("podLabels"), "remove it", `"podLabels" has no meaning without "podQuery"`)
	}
}

func (v *validator) custom(path strictyaml.Path, c *CustomMetricSpec) {
	if c.Name == "" {
		v.missing(path, "name", "name the metric of custom.metrics.k8s.io")
	}
}

// joining checks how series find their nodes.
func (v *validator) joining(path strictyaml.Path, s *MetricSpec) {
	defer v.judging(CheckJoin)()
	join := path.Child("join")
	if !labelForm.MatchString(s.Join.Series) {
		v.value(join.Child("series"), "write auto or the name of a label", "%q is not the name of a label of a series", strictyaml.Show(s.Join.Series))
	}
	if key, byLabel := strings.CutPrefix(s.Join.Node, "label:"); !byLabel || key == "" {
		word(v.reporter, join.Child("node"), s.Join.Node, "auto", "name", "hostname", "internalIP", "podIP", "label:<key>")
	}
	word(v.reporter, path.Child("combine"), s.Combine, "none", "max", "min", "avg", "sum")
}

// inFlight checks and compiles how pods in flight change the value.
func (v *validator) inFlight(path strictyaml.Path, s *MetricSpec) InFlight {
	defer v.judging(CheckInFlight)()
	f := s.InFlight
	if f == nil {
		return InFlight{}
	}
	requiredWord(v.reporter, path, "resource", f.Resource, ResourceCPU, ResourceMemory, ResourcePods)
	requiredWord(v.reporter, path, "as", f.As, "Used", "Free")
	requiredWord(v.reporter, path, "of", f.Of, OfAllocatable, OfCapacity, OfAbsolute)
	share := s.Unit == UnitPercent || s.Unit == UnitRatio
	switch {
	case share && f.Of == OfAbsolute:
		v.value(path.Child("of"), "write Allocatable or Capacity", "a metric in %s is a share, and %q is none", s.Unit, f.Of)
	case !share && (f.Of == OfAllocatable || f.Of == OfCapacity):
		v.value(path.Child("of"), `write Bytes, or "unit: percent"`, "a share of %s needs the unit percent or ratio", f.Of)
	}
	return InFlight{Resource: f.Resource, Free: f.As == "Free", Of: f.Of}
}
