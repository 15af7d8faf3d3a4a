package settings

import (
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// Reached returns the settings with their sources as they may be asked from this machine.
// urls are where the caller says that sources are, by name.
//
// What stands in the cluster was written by whoever may write ConfigMaps there. That gives
// no right to what this machine can read or reach. So a server that settings of the
// cluster name is asked only where the caller names it too, and without the files,
// credentials and proxies that stand there. What a file of the caller's says counts in full.
func (s *Settings) Reached(urls map[string]string) (*Settings, error) {
	for name := range urls {
		if _, known := s.SourceKinds()[name]; !known {
			return nil, fmt.Errorf("--source-url: the operator has no source called %q", name)
		}
	}
	out, arguments := *s, *s.Args
	arguments.Sources = slices.Clone(s.Sources)
	out.Args, out.Withheld, out.LeftOut = &arguments, map[string]error{}, nil
	for i := range arguments.Sources {
		out.reach(&arguments.Sources[i], urls)
	}
	return &out, nil
}

func (s *Settings) reach(said *args.Source, urls map[string]string) {
	url, named := urls[said.Name]
	if s.Stands != "" && said.Type == args.Prometheus {
		if !named {
			s.Withheld[said.Name] = fmt.Errorf("it is not asked, because only the ConfigMap %s says that it is at %s", s.Stands, said.URL)
		}
		harmless := harmless(said.HTTP)
		if named && harmless != said.HTTP {
			s.LeftOut = append(s.LeftOut, fmt.Sprintf("The source %s is asked without the credentials, files and proxies that the ConfigMap %s names under http; a file for --config has them used", said.Name, s.Stands))
		}
		said.HTTP = harmless
	}
	if named {
		said.URL = url
	}
}

// harmless leaves of the client of a server what opens no file and asks nobody else: the
// values of headers, which say whose data is meant.
func harmless(text string) string {
	var said struct {
		Headers map[string]struct {
			Values []string `json:"values,omitempty"`
		} `json:"http_headers"`
	}
	if err := yaml.Unmarshal([]byte(text), &said); err != nil || len(said.Headers) == 0 {
		return ""
	}
	for name, header := range said.Headers {
		if len(header.Values) == 0 {
			delete(said.Headers, name)
		}
	}
	out, err := yaml.Marshal(said)
	if err != nil {
		return ""
	}
	return string(out)
}

// NameIt says how a source is asked that is withheld.
func NameIt(source string) string {
	return fmt.Sprintf("name its address with --source-url %s=http://localhost:9090, or the whole configuration with --config", source)
}
