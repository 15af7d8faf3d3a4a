package args

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// sourceSpec is a Source as it is written.
type sourceSpec struct {
	Name     string               `json:"name"`
	Type     string               `json:"type"`
	Interval *strictyaml.Duration `json:"interval"`
	Timeout  *strictyaml.Duration `json:"timeout"`

	CAFile                string `json:"caFile"`
	InsecureSkipTLSVerify bool   `json:"insecureSkipTLSVerify"`

	URL      string             `json:"url"`
	HTTP     strictyaml.Subtree `json:"http"`
	Matchers []string           `json:"matchers"`
	Queries  querySpec          `json:"queries"`
	MaxBytes strictyaml.Scalar  `json:"maxBytes"`

	Options strictyaml.Subtree `json:"options"`
}

type querySpec struct {
	CPU       string `json:"cpu"`
	Memory    string `json:"memory"`
	PodCPU    string `json:"podCPU"`
	PodMemory string `json:"podMemory"`
}

func sourceOf(s *sourceSpec) Source {
	out := Source{
		Name: s.Name, Type: SourceType(s.Type), Interval: time.Duration(*s.Interval),
		CAFile: s.CAFile, InsecureSkipTLSVerify: s.InsecureSkipTLSVerify,
		URL: s.URL, HTTP: s.HTTP.YAML(), Matchers: s.Matchers, Queries: Queries(s.Queries), Options: s.Options.YAML(),
	}
	if s.Timeout != nil {
		out.Timeout = time.Duration(*s.Timeout)
	}
	out.MaxBytes, _ = bytes(s.MaxBytes.Text)
	return out
}

// bytes reads a quantity of bytes; an empty text is 0.
func bytes(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	q, err := resource.ParseQuantity(text)
	return q.Value(), err
}

func (v *validator) sources(path strictyaml.Path, sources []sourceSpec, least strictyaml.Duration) {
	if len(sources) == 0 {
		v.wrong(path, "name one, or remove the field", "sources must not be empty")
	}
	for i := range sources {
		s := &sources[i]
		v.sourceName(path.Index(i), s.Name, sources[:i])
		v.sourceType(path.Index(i), s.Type)
		v.sourceFields(path.Index(i), SourceType(s.Type))
		v.sourceValues(path.Index(i), s)
		if *s.Interval < least {
			v.wrong(path.Index(i).Child("interval"), "", "interval must be at least minInterval, which is %s", least)
		}
	}
}

func (v *validator) sourceName(path strictyaml.Path, name string, before []sourceSpec) {
	switch {
	case name == "":
		v.missing(path, "name")
	case slices.ContainsFunc(before, func(s sourceSpec) bool { return s.Name == name }):
		v.wrong(path.Child("name"), "give it another name", "there is another source named %q", strictyaml.Show(name))
	default:
		v.name(path.Child("name"), name, validation.IsDNS1123Label)
	}
}

func (v *validator) sourceType(path strictyaml.Path, kind string) {
	if kind == "" {
		v.missing(path, "type")
	} else if !slices.Contains(v.opts.SourceTypes, kind) {
		v.wrong(path.Child("type"), strictyaml.DidYouMean(kind, v.opts.SourceTypes), "there is no type of source called %q", strictyaml.Show(kind))
	}
}

// sourceFields refuses the fields of other types.
func (v *validator) sourceFields(path strictyaml.Path, kind SourceType) {
	own, ours := fieldsOf[kind]
	if !ours {
		own = fieldsOfAdded
	}
	for _, field := range []string{"caFile", "insecureSkipTLSVerify", "url", "http", "matchers", "queries", "timeout", "maxBytes", "options"} {
		if v.at.Has(path.Child(field)) && !slices.Contains(own, field) && slices.Contains(v.opts.SourceTypes, string(kind)) {
			v.wrongKey(path.Child(field), "remove it", "sources of type %s have no %q", kind, field)
		}
	}
}

func (v *validator) sourceValues(path strictyaml.Path, s *sourceSpec) {
	if s.CAFile != "" && s.InsecureSkipTLSVerify {
		v.wrong(path.Child("insecureSkipTLSVerify"), "remove one of them", "insecureSkipTLSVerify leaves caFile without effect")
	}
	if s.Timeout != nil && *s.Timeout == 0 {
		v.wrong(path.Child("timeout"), "write it like 10s", "timeout must be longer than 0s")
	}
	if n, err := bytes(s.MaxBytes.Text); v.at.Has(path.Child("maxBytes")) && (err != nil || n <= 0) {
		v.wrong(path.Child("maxBytes"), "write it like 16Mi", "%q is no number of bytes", strictyaml.Show(s.MaxBytes.Text))
	}
	if s.Type == string(Prometheus) {
		v.server(path, s)
	}
}

// server checks how a Prometheus is reached.
func (v *validator) server(path strictyaml.Path, s *sourceSpec) {
	at, err := url.Parse(s.URL)
	switch {
	case s.URL == "":
		v.missing(path, "url")
	case err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https":
		v.wrong(path.Child("url"), "write it like http://prometheus.monitoring:9090", "%q is no URL of a server", strictyaml.Show(s.URL))
	case at.User != nil:
		v.wrong(path.Child("url"), "write basic_auth with a password_file under http", "a password in a URL is shown to whoever reads it")
	}
	if _, err := HTTPConfig(s.HTTP.YAML()); err != nil {
		v.wrong(path.Child("http"), "it is written as the HTTP client of a Prometheus scrape configuration", "http: %v", err)
	}
}

// HTTPConfig reads the field HTTP of a Source; the empty text is the default.
func HTTPConfig(text string) (config.HTTPClientConfig, error) {
	if text == "" {
		return config.DefaultHTTPClientConfig, nil
	}
	c, err := config.LoadHTTPConfig(text)
	if err != nil {
		return config.HTTPClientConfig{}, fmt.Errorf("%s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return *c, nil
}
