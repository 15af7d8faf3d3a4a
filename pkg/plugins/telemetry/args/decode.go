package args

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Options say what arguments may refer to.
type Options struct {
	// SourceTypes are the types of sources that the program has; see Types.
	SourceTypes []string
}

// spec is Args as it is written. Pointers tell what was left out.
type spec struct {
	RulesLabel     *string              `json:"rulesLabel"`
	PauseConfigMap *string              `json:"pauseConfigMap"`
	Builtin        *string              `json:"builtin"`
	Sources        []sourceSpec         `json:"sources"`
	NewNodeGrace   *strictyaml.Duration `json:"newNodeGrace"`
	StartTimeout   *strictyaml.Duration `json:"startTimeout"`
	MinInterval    *strictyaml.Duration `json:"minInterval"`
	PodExemptions  *bool                `json:"podExemptions"`
	Marks          bool                 `json:"marks"`
	MarkPrefixes   []string             `json:"markPrefixes"`

	Namespaces      *rules.SelectorSpec `json:"namespaces" strict:"null"`
	NamespaceLimits *limitsSpec         `json:"namespaceLimits"`
	API             apiSpec             `json:"api"`
	Eviction        *evictionSpec       `json:"eviction"`
	Tracing         *tracingSpec        `json:"tracing" strict:"null"`
}

// apiSpec is API as it is written.
type apiSpec struct {
	BindAddress string `json:"bindAddress"`
	Port        *int32 `json:"port"`
}

// limitsSpec is NamespaceLimits as it is written.
type limitsSpec struct {
	Rules       *int32      `json:"rules"`
	Preferences *int32      `json:"preferences"`
	Terms       *int32      `json:"terms"`
	Together    *countsSpec `json:"together"`
}

type countsSpec struct {
	Rules       *int32 `json:"rules"`
	Preferences *int32 `json:"preferences"`
	Terms       *int32 `json:"terms"`
}

func (s *limitsSpec) each() *countsSpec { return &countsSpec{s.Rules, s.Preferences, s.Terms} }

func (s *countsSpec) counts() Counts {
	return Counts{Rules: int(*s.Rules), Preferences: int(*s.Preferences), Terms: int(*s.Terms)}
}

// Decode reads arguments from a subtree of a document, where at is its path. With
// a mistake the Args are nil; mistakes come in the order of the text, all at once.
func Decode(tree *yaml.Node, at strictyaml.Path, opts Options) (*Args, []strictyaml.Mistake) {
	written := new(spec)
	positions, mistakes := strictyaml.Decode(tree, at, written)
	setDefaults(written)
	v := &validator{at: positions, root: at, opts: opts}
	v.args(written)
	mistakes = inOrder(mistakes, v.mistakes)
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	a := argsOf(written)
	a.Namespaces, a.Eviction, a.Tracing = v.namespaces, v.eviction, tracingOf(written.Tracing)
	return a, nil
}

// Parse reads arguments from a text of their own, where only field paths can say
// what is wrong. An empty text gives the defaults.
func Parse(text []byte, opts Options) (*Args, error) {
	tree, mistakes := strictyaml.Parse(text)
	if tree == nil && len(mistakes) == 0 {
		tree = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	var a *Args
	if tree != nil {
		a, mistakes = Decode(tree, "", opts)
	}
	var all []error
	for _, m := range mistakes {
		all = append(all, pathError(m))
	}
	return a, errors.Join(all...)
}

func pathError(m strictyaml.Mistake) error {
	m.Position = strictyaml.Position{}
	if m.Path == "" {
		return errors.New(m.String())
	}
	return fmt.Errorf("%s: %s", m.Path, m)
}

func inOrder(lists ...[]strictyaml.Mistake) []strictyaml.Mistake {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b strictyaml.Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all
}

func argsOf(s *spec) *Args {
	a := &Args{
		RulesLabel:     *s.RulesLabel,
		PauseConfigMap: *s.PauseConfigMap,
		Builtin:        *s.Builtin,
		NewNodeGrace:   time.Duration(*s.NewNodeGrace),
		StartTimeout:   time.Duration(*s.StartTimeout),
		MinInterval:    time.Duration(*s.MinInterval),
		PodExemptions:  *s.PodExemptions,
		Marks:          s.Marks,
		MarkPrefixes:   append([]string(nil), s.MarkPrefixes...), // nil where there are none
		NamespaceLimits: NamespaceLimits{
			Each: s.NamespaceLimits.each().counts(), Together: s.NamespaceLimits.Together.counts(),
		},
		API: API{BindAddress: s.API.BindAddress, Port: int(*s.API.Port)},
	}
	for i := range s.Sources {
		a.Sources = append(a.Sources, sourceOf(&s.Sources[i]))
	}
	return a
}
