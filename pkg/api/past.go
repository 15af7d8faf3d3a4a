package api

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
)

// recent bounds the age of evictions that are told of a pod that is there.
const recent = 24 * time.Hour

// gone says that a pod that is not there was evicted, if that is remembered.
func (r *request) gone(namespace, name string) string {
	if r.moves == nil {
		return ""
	}
	for one := range pointers(r.moves.Evictions) {
		if wasMade(one) && one.Namespace == namespace && one.Pod == name {
			return ": " + leaving(one)
		}
	}
	return ""
}

// past tells the newest eviction that a pod has to do with: its own that came to nothing,
// that of the pod of its name before it, or of another pod of its owner.
func (r *request) past(pod *v1.Pod) []string {
	if r.moves == nil {
		return nil
	}
	owner := ""
	if p := r.judged(pod); p != nil {
		owner = p.Owner
	}
	for one := range pointers(r.moves.Evictions) {
		if text := concerning(one, pod, owner); text != "" && r.now.Sub(one.At) < recent {
			return []string{text}
		}
	}
	return nil
}

// concerning is empty where an eviction has nothing to do with a pod, or is its own and
// under way.
func concerning(one *memory.Record, pod *v1.Pod, owner string) string {
	switch its := one.UID == string(pod.UID); {
	case its && one.DryRun:
		return fmt.Sprintf("in a dry run %s would have moved it from %s to %s at %s%s", rulesIn(one), one.From, one.Home, at(one), because(one))
	case its && one.Outcome == memory.NotMade:
		return fmt.Sprintf("%s was to move it from %s to %s at %s, and it was not evicted%s", rulesIn(one), one.From, one.Home, at(one), because(one))
	case its || !wasMade(one):
		return ""
	case one.Namespace == pod.Namespace && one.Pod == pod.Name:
		return "the pod of this name before it: " + leaving(one)
	case owner != "" && one.Owner == owner:
		return "another pod of its owner, " + one.Pod + ": " + leaving(one)
	}
	return ""
}

func wasMade(one *memory.Record) bool { return !one.DryRun && one.Outcome != memory.NotMade }

// leaving says how a pod was evicted, and what came of that.
func leaving(one *memory.Record) string {
	out := fmt.Sprintf("%s evicted it from %s at %s%s; its home is %s, and ", rulesIn(one), one.From, at(one), because(one), one.Home)
	if one.Landed != "" {
		out += "the pod in its place went to " + one.Landed
	} else {
		out += "no pod in its place has a node"
	}
	how := cmp.Or(string(one.Outcome), string(one.Step))
	return out + fmt.Sprintf(" (%s); \"kubectl telemetry evictions --node %s\" lists it", how, one.From)
}

func at(one *memory.Record) string { return one.At.UTC().Format(time.RFC3339) }

func because(one *memory.Record) string {
	if len(one.Sentences) == 0 {
		return ""
	}
	return ", because " + strings.Join(one.Sentences, "; ")
}

func rulesIn(one *memory.Record) string {
	if names := namesOf(one.Rules); len(names) != 1 {
		return "rules " + strings.Join(names, ", ")
	}
	return "rule " + one.Rules[0].String()
}
