package app

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// points are those that the plugin needs together: Filter reads what PreFilter
// froze and fails every pod without it, PreFilter alone keeps no pod off, Reserve
// ends a pod's waiting, and preferences are scores. Without PostFilter pods wait where
// rules with ScheduleAnyway would give way; warnOfOrder tells of that.
var points = []string{"preFilter", "filter", "preScore", "score", "reserve"}

// checkPoints refuses profiles that have the plugin only in part.
func checkPoints(tree *yaml.Node) (mistakes []strictyaml.Mistake) {
	for i, profile := range entries(field(tree, "profiles")) {
		plugins := dereference(field(profile, "plugins"))
		lacking := slices.DeleteFunc(slices.Clone(points), func(point string) bool { return enabledAt(plugins, point) })
		if enables(profile) && len(lacking) > 0 {
			mistakes = append(mistakes, strictyaml.Mistake{
				Position: strictyaml.Position{Line: plugins.Line, Column: plugins.Column},
				Path:     strictyaml.Path("profiles").Index(i).Child("plugins"),
				Message:  "the plugin " + telemetry.Name + " is not enabled at " + strings.Join(lacking, " and ") + ", and it works only as a whole",
				Mend:     "enable it at multiPoint, and disable it nowhere",
			})
		}
	}
	return mistakes
}

// enabledAt follows kube-scheduler: what a point says itself comes before what
// multiPoint says of all points.
func enabledAt(plugins *yaml.Node, point string) bool {
	own := field(plugins, point)
	if slices.ContainsFunc(entries(field(own, "enabled")), named) {
		return true
	}
	return slices.ContainsFunc(entries(field(field(plugins, "multiPoint"), "enabled")), named) &&
		!slices.ContainsFunc(entries(field(own, "disabled")), func(entry *yaml.Node) bool { return named(entry) || everyPlugin(entry) })
}

func everyPlugin(entry *yaml.Node) bool {
	name := dereference(field(entry, "name"))
	return name != nil && name.Value == "*"
}
