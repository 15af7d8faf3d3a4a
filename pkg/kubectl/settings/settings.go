// Package settings reads what the operator of a scheduler says, as far as rules depend
// on it.
package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

// DefaultNamespace is where the manifest installs the scheduler, and ConfigMap what
// holds its configuration there.
const (
	DefaultNamespace = "telemetry-scheduler"
	ConfigMap        = "telemetry-scheduler-config"
)

// What leaderElection is where it is not said.
const (
	kubeSystem    = "kube-system"
	kubeScheduler = "kube-scheduler"
)

// Settings are the arguments of the plugin and where the scheduler lives.
type Settings struct {
	*args.Args
	// Namespace is the scheduler's own, and Lease the name of its lease there.
	Namespace, Lease string
	// Profiles are the names by which pods ask for it.
	Profiles []string
	// Plugged are those of the profiles that have the plugin: rules are nothing to the pods of
	// others.
	Plugged []string
	// Known is false for those of a scheduler without a configuration that was read: its
	// sources are not known, and neither is which namespaces may have rules.
	Known bool
	// Stands names the ConfigMap of the cluster that they were read from; empty for those of
	// a file of the caller's. See Reached.
	Stands string
	// Without are the rights that the operator withholds from it by values of the chart.
	Without []string
	// Withheld are sources that may not be asked from here, and why; LeftOut says what the
	// others are asked without. Reached sets them.
	Withheld map[string]error
	LeftOut  []string
}

// Default returns the settings of a scheduler of which nothing is known.
func Default() *Settings {
	a, err := args.Parse(nil, args.Options{SourceTypes: args.Types()})
	if err != nil {
		panic(err) // the defaults are right
	}
	return &Settings{Args: a, Namespace: DefaultNamespace, Lease: DefaultNamespace, Profiles: []string{DefaultNamespace}, Plugged: []string{DefaultNamespace}}
}

// Map names the ConfigMap of the namespace that holds the configuration, or would.
func (s *Settings) Map() string {
	if _, name, stands := strings.Cut(s.Stands, "/"); stands {
		return name
	}
	return ConfigMap
}

// Rules are the options with which the scheduler reads rules.
func (s *Settings) Rules() rules.Options {
	out := rules.Options{Metrics: rules.Builtins(s.BuiltinTimes()), Queries: prometheus.Checker{}, MarkPrefixes: s.MarkPrefixes, AnyPrefix: !s.Known}
	if s.Known {
		out.Sources, out.Loosens, out.Unmarked = s.SourceKinds(), s.Eviction.Loosened, !s.Marks
	}
	return out
}

// configuration is what is read of a KubeSchedulerConfiguration, or of a ConfigMap that
// holds one.
type configuration struct {
	Kind           string `yaml:"kind"`
	LeaderElection struct {
		ResourceNamespace string `yaml:"resourceNamespace"`
		ResourceName      string `yaml:"resourceName"`
	} `yaml:"leaderElection"`
	Profiles []profile         `yaml:"profiles"`
	Data     map[string]string `yaml:"data"`
}

// profile is a scheduler as pods name it. Plugins are by extension point.
type profile struct {
	SchedulerName string `yaml:"schedulerName"`
	Plugins       map[string]struct {
		Enabled []struct {
			Name string `yaml:"name"`
		} `yaml:"enabled"`
	} `yaml:"plugins"`
	PluginConfig []struct {
		Name string    `yaml:"name"`
		Args yaml.Node `yaml:"args"`
	} `yaml:"pluginConfig"`
}

func (p *profile) name() string { return cmp.Or(p.SchedulerName, corev1.DefaultSchedulerName) }

// plugged reports whether the profile has the plugin.
func (p *profile) plugged() bool {
	for _, point := range p.Plugins {
		for _, plugin := range point.Enabled {
			if plugin.Name == args.PluginName {
				return true
			}
		}
	}
	return false
}

// Read finds the plugin's arguments in a scheduler's configuration: a
// KubeSchedulerConfiguration, or a manifest with a ConfigMap that holds one. file names
// it in errors.
func Read(file string, data []byte) (*Settings, error) {
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var c configuration
		err := decoder.Decode(&c)
		switch {
		case errors.Is(err, io.EOF):
			return nil, noneError(file)
		case c.Kind == "KubeSchedulerConfiguration" && err == nil:
			return c.settings(file)
		case c.Kind == "ConfigMap" && err == nil:
			if s, err := ReadMap(file, c.Data); s != nil || err != nil {
				return s, err
			}
		case c.Kind == "" && err != nil || c.Kind == "KubeSchedulerConfiguration":
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
	}
}

// ReadMap is Read for the data of a ConfigMap; nil where no key holds a configuration. Of
// several that do it reads the first by name; one that only speaks of a configuration is
// none.
func ReadMap(file string, data map[string]string) (*Settings, error) {
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if !strings.Contains(data[key], "KubeSchedulerConfiguration") {
			continue
		}
		s, err := Read(file+" (key "+key+")", []byte(data[key]))
		if errors.As(err, new(noneError)) {
			continue
		}
		return s, err
	}
	return nil, nil
}

// noneError names what holds no configuration.
type noneError string

// Error implements error.
func (e noneError) Error() string { return string(e) + " holds no KubeSchedulerConfiguration" }

func (c *configuration) settings(file string) (*Settings, error) {
	out := Default()
	out.Known = true
	out.Namespace = cmp.Or(c.LeaderElection.ResourceNamespace, kubeSystem)
	out.Lease, out.Profiles, out.Plugged = cmp.Or(c.LeaderElection.ResourceName, kubeScheduler), nil, nil
	for i := range c.Profiles {
		name := c.Profiles[i].name()
		out.Profiles = append(out.Profiles, name)
		if c.Profiles[i].plugged() {
			out.Plugged = append(out.Plugged, name)
		}
	}
	for _, profile := range c.Profiles {
		for _, plugin := range profile.PluginConfig {
			if plugin.Name != args.PluginName || plugin.Args.IsZero() {
				continue
			}
			a, mistakes := args.Decode(&plugin.Args, "args", args.Options{SourceTypes: args.Types(typesIn(&plugin.Args)...)})
			if len(mistakes) > 0 {
				return nil, wrong(file, mistakes)
			}
			out.Args = a
			return out, nil // they agree in all profiles
		}
	}
	return out, nil
}

// wrong is all that is wrong with arguments, a line for each.
func wrong(file string, mistakes []strictyaml.Mistake) error {
	all := make([]error, len(mistakes))
	for i, m := range mistakes {
		all[i] = errors.New(file + ":" + m.String())
	}
	return errors.Join(all...)
}

// typesIn are the types of sources that arguments name: a scheduler may have some of
// its own.
func typesIn(node *yaml.Node) (out []string) {
	var written struct {
		Sources []struct {
			Type string `yaml:"type"`
		} `yaml:"sources"`
	}
	_ = node.Decode(&written) // what cannot be decoded is reported with its place
	for _, s := range written.Sources {
		out = append(out, s.Type)
	}
	return out
}
