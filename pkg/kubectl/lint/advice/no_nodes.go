package advice

import (
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckNoNodes is about selectors of nodes that no node of the cluster has the labels for.
const CheckNoNodes rules.Check = "no-nodes"

func noNodes(j *judge) {
	j.eachRule(func(t *Text, path strictyaml.Path, _ *rules.RuleSpec, rule *rules.Rule) {
		j.selected(t, path.Child("nodes"), "rule", rule.Nodes)
	})
	j.eachPreference(func(t *Text, path strictyaml.Path, p *rules.Preference) {
		j.selected(t, path.Child("nodes"), "preference", p.Nodes)
	})
}

func (j *judge) selected(t *Text, path strictyaml.Path, kind string, s labels.Selector) {
	for _, has := range j.world.Nodes {
		if s.Matches(has) {
			return
		}
	}
	if len(j.world.Nodes) > 0 {
		j.warn(t, path, "compare it with the labels of the nodes; where the pool is scaled to zero it is right",
			"this selects none of the nodes that there are now (%d), so the %s does nothing", len(j.world.Nodes), kind)
	}
}

// eachPreference visits the preferences that are in force.
func (j *judge) eachPreference(visit func(*Text, strictyaml.Path, *rules.Preference)) {
	compiled := map[rules.Origin]*rules.Preference{}
	for i := range j.set.Preferences {
		compiled[j.set.Preferences[i].Origin] = &j.set.Preferences[i]
	}
	for _, t := range j.texts {
		for i := range t.File.Preferences {
			path := strictyaml.Path("preferences").Index(i)
			at := t.at.Value(path)
			if p := compiled[rules.Origin{File: t.Name, Line: at.Line, Column: at.Column}]; p != nil {
				visit(t, path, p)
			}
		}
	}
}
