package args

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// evictionSpec is Eviction as it is written.
type evictionSpec struct {
	Mode                *string              `json:"mode"`
	Limits              moveLimitsSpec       `json:"limits"`
	Cooldown            *strictyaml.Duration `json:"cooldown"`
	MinPodAge           *strictyaml.Duration `json:"minPodAge"`
	MinReplicas         *int32               `json:"minReplicas"`
	HoldFor             *strictyaml.Duration `json:"holdFor"`
	Allow               []string             `json:"allow"`
	Windows             []windowSpec         `json:"windows"`
	Breaker             breakerSpec          `json:"breaker"`
	ProtectedNamespaces []string             `json:"protectedNamespaces"`
}

type moveLimitsSpec struct {
	PerHour    rules.PerHourSpec `json:"perHour"`
	Concurrent concurrentSpec    `json:"concurrent"`
}

type concurrentSpec struct {
	Node  *int32 `json:"node"`
	Total *int32 `json:"total"`
}

type windowSpec struct {
	Schedule string               `json:"schedule"`
	Duration *strictyaml.Duration `json:"duration"`
	TimeZone *string              `json:"timeZone"`
}

type breakerSpec struct {
	Firing  *strictyaml.Scalar `json:"firing"`
	Unknown *strictyaml.Scalar `json:"unknown"`
	AtLeast *int32             `json:"atLeast"`
}

// setEvictionDefaults fills what was left out: nothing is moved until the operator says
// so.
func setEvictionDefaults(s *evictionSpec) {
	orElse(&s.Mode, string(rules.DryRun))
	orElse(&s.Limits.PerHour.Node, 4)
	orElse(&s.Limits.PerHour.Owner, 2)
	orElse(&s.Limits.PerHour.Namespace, 5)
	orElse(&s.Limits.PerHour.Total, 20)
	orElse(&s.Limits.Concurrent.Node, 1)
	orElse(&s.Limits.Concurrent.Total, 3)
	orElse(&s.Cooldown, strictyaml.Duration(30*time.Minute))
	orElse(&s.MinPodAge, strictyaml.Duration(5*time.Minute))
	orElse(&s.MinReplicas, 2)
	orElse(&s.HoldFor, strictyaml.Duration(5*time.Minute))
	orElse(&s.Breaker.Firing, strictyaml.Scalar{Text: "20%"})
	orElse(&s.Breaker.Unknown, strictyaml.Scalar{Text: "30%"})
	orElse(&s.Breaker.AtLeast, 3)
	if s.ProtectedNamespaces == nil {
		s.ProtectedNamespaces = []string{"kube-system", "kube-public", "kube-node-lease"}
	}
	for i := range s.Windows {
		orElse(&s.Windows[i].TimeZone, "UTC")
	}
}

// evict checks what the operator says of moving pods, and compiles it.
func (v *validator) evict(path strictyaml.Path, s *evictionSpec) Eviction {
	v.word(path.Child("mode"), *s.Mode, string(rules.Enforce), string(rules.DryRun))
	if *s.MinReplicas < 1 {
		v.wrong(path.Child("minReplicas"), "write 1 to move the pods of every owner", "minReplicas must be at least 1")
	}
	if *s.HoldFor == 0 || time.Duration(*s.HoldFor) > longestHold {
		v.wrong(path.Child("holdFor"), "write it like 5m", "holdFor must be longer than 0s and at most %s", strictyaml.Duration(longestHold))
	}
	v.protected(path.Child("protectedNamespaces"), s.ProtectedNamespaces)
	v.allow(path.Child("allow"), s.Allow)
	return Eviction{
		DryRun:  *s.Mode == string(rules.DryRun),
		PerHour: v.perHour(path.Child("limits").Child("perHour"), &s.Limits.PerHour), Concurrent: v.concurrent(path.Child("limits").Child("concurrent"), s),
		Cooldown: time.Duration(*s.Cooldown), MinPodAge: time.Duration(*s.MinPodAge), MinReplicas: *s.MinReplicas,
		HoldFor: time.Duration(*s.HoldFor), Allow: s.Allow,
		Windows: v.windows(path.Child("windows"), s.Windows), Breaker: v.breaker(path.Child("breaker"), &s.Breaker),
		ProtectedNamespaces: s.ProtectedNamespaces,
	}
}

// longestHold bounds for how long room is kept from others for a replacement.
const longestHold = 24 * time.Hour

func (v *validator) protected(path strictyaml.Path, namespaces []string) {
	for i, namespace := range namespaces {
		if strings.ContainsAny(namespace, "*?[") {
			v.wrong(path.Index(i), "list each", "%q is no name of a namespace: patterns are not known here", strictyaml.Show(namespace))
			continue
		}
		v.name(path.Index(i), namespace, validation.IsDNS1123Label)
	}
}

// word checks that a field holds one of the known words.
func (v *validator) word(path strictyaml.Path, got string, known ...string) {
	if !slices.Contains(known, got) {
		v.wrong(path, strictyaml.DidYouMean(got, known), "%s cannot be %q", path.Last(), strictyaml.Show(got))
	}
}

func (v *validator) allow(path strictyaml.Path, list []string) {
	for i, kind := range list {
		v.word(path.Index(i), kind, rules.Allowances()...)
		if slices.Contains(list[:i], kind) {
			v.wrong(path.Index(i), "remove one", "%q stands twice", strictyaml.Show(kind))
		}
	}
}

func (v *validator) perHour(path strictyaml.Path, s *rules.PerHourSpec) rules.PerHour {
	v.limit(path.Child("node"), *s.Node)
	v.limit(path.Child("owner"), *s.Owner)
	v.limit(path.Child("namespace"), *s.Namespace)
	v.limit(path.Child("total"), *s.Total)
	return rules.PerHour{Node: *s.Node, Owner: *s.Owner, Namespace: *s.Namespace, Total: *s.Total}
}

func (v *validator) concurrent(path strictyaml.Path, s *evictionSpec) Concurrent {
	v.atOnce(path.Child("node"), *s.Limits.Concurrent.Node, *s.Mode)
	v.atOnce(path.Child("total"), *s.Limits.Concurrent.Total, *s.Mode)
	return Concurrent{Node: *s.Limits.Concurrent.Node, Total: *s.Limits.Concurrent.Total}
}

// atOnce checks how many moves may be under way: where that is none, none is ever begun.
func (v *validator) atOnce(path strictyaml.Path, count int32, mode string) {
	if v.limit(path, count); count == 0 && mode == string(rules.Enforce) {
		v.wrong(path, "write 1 or more, or mode: DryRun", "%s must be at least 1 with mode: Enforce, which could move nothing", path.Last())
	}
}

func (v *validator) windows(path strictyaml.Path, list []windowSpec) (out []Window) {
	for i := range list {
		out = append(out, v.window(path.Index(i), &list[i]))
	}
	return out
}

// window checks one window. When a schedule comes never, no pod would ever be moved.
func (v *validator) window(path strictyaml.Path, s *windowSpec) Window {
	switch {
	case s.Duration == nil:
		v.missing(path, "duration")
		return Window{}
	case *s.Duration == 0 || time.Duration(*s.Duration) > longestWindow:
		v.wrong(path.Child("duration"), "write it like 10h", "duration must be longer than 0s and at most %s", strictyaml.Duration(longestWindow))
	}
	if _, err := location(*s.TimeZone); err != nil {
		v.wrong(path.Child("timeZone"), "write it like Europe/Brussels or UTC", "%q is no time zone", strictyaml.Show(*s.TimeZone))
		return Window{}
	}
	w, err := NewWindow(s.Schedule, time.Duration(*s.Duration), *s.TimeZone)
	switch {
	case s.Schedule == "":
		v.missing(path, "schedule")
	case err != nil:
		v.wrong(path.Child("schedule"), `write its five fields like "0 20 * * 1-5": minute, hour, day of the month, month, day of the week`, "%q is no schedule: %s", strictyaml.Show(s.Schedule), err)
	case w.opens.Next(someDay).IsZero():
		v.wrong(path.Child("schedule"), "", "%q never comes", strictyaml.Show(s.Schedule))
	}
	return w
}

// someDay is any: a schedule comes in the five years after it, or never.
var someDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (v *validator) breaker(path strictyaml.Path, s *breakerSpec) Breaker {
	if *s.AtLeast < 1 {
		v.wrong(path.Child("atLeast"), "", "atLeast must be at least 1")
	}
	return Breaker{
		FiringPercent: v.percent(path.Child("firing"), s.Firing.Text), UnknownPercent: v.percent(path.Child("unknown"), s.Unknown.Text),
		AtLeast: *s.AtLeast,
	}
}

// percent reads a share of nodes.
func (v *validator) percent(path strictyaml.Path, text string) float64 {
	digits, isShare := strings.CutSuffix(text, "%")
	value, err := strictyaml.Number(digits)
	if err != nil || !isShare || value <= 0 || value > 100 {
		v.wrong(path, "write it like 20%", "%s must be a percentage above 0%% and up to 100%%, not %s", path.Last(), strictyaml.Show(text))
	}
	return value
}
