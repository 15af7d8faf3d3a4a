package args

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// windowsByText compares what was written.
var windowsByText = cmpopts.IgnoreUnexported(Window{})

func defaultEviction() Eviction {
	return Eviction{
		DryRun: true, PerHour: rules.PerHour{Node: 4, Owner: 2, Namespace: 5, Total: 20}, Concurrent: Concurrent{Node: 1, Total: 3},
		Cooldown: 30 * time.Minute, MinPodAge: 5 * time.Minute, MinReplicas: 2, HoldFor: 5 * time.Minute,
		Breaker:             Breaker{FiringPercent: 20, UnknownPercent: 30, AtLeast: 3},
		ProtectedNamespaces: []string{"kube-system", "kube-public", "kube-node-lease"},
	}
}

// evicting decodes arguments with those of eviction.
func evicting(t *testing.T, text string) (*Args, []strictyaml.Mistake) {
	t.Helper()
	tree, mistakes := strictyaml.Parse([]byte("eviction: " + text))
	if tree == nil {
		t.Fatal(mistakes)
	}
	return Decode(tree, "args", options)
}

func TestEvictionIsDecoded(t *testing.T) {
	for sentence, tc := range map[string]struct {
		text   string
		change func(*Eviction)
	}{
		"nothing said is a dry run":               {"{}", func(*Eviction) {}},
		"one limit leaves the others as they are": {"{limits: {perHour: {node: 1}, concurrent: {total: 0}}}", func(e *Eviction) { e.PerHour.Node, e.Concurrent.Total = 1, 0 }},
		"an empty list protects no namespace":     {"{protectedNamespaces: []}", func(e *Eviction) { e.ProtectedNamespaces = []string{} }},
		"a window is one of UTC": {`{windows: [{schedule: "0 20 * * 1-5", duration: 10h}]}`, func(e *Eviction) {
			e.Windows = []Window{{Schedule: "0 20 * * 1-5", Duration: 10 * time.Hour, TimeZone: "UTC"}}
		}},
		"every field is taken": {
			"{mode: Enforce, limits: {perHour: {node: 1, owner: 2, namespace: 3, total: 4}, concurrent: {node: 5, total: 6}}, cooldown: 1h, minPodAge: 0s, minReplicas: 1, holdFor: 2m, " +
				`allow: [jobs], windows: [{schedule: "30 1 * * *", duration: 1h, timeZone: Europe/Brussels}], breaker: {firing: 2.5%, unknown: 100%, atLeast: 1}, protectedNamespaces: [a]}`,
			func(e *Eviction) {
				*e = Eviction{
					PerHour: rules.PerHour{Node: 1, Owner: 2, Namespace: 3, Total: 4}, Concurrent: Concurrent{Node: 5, Total: 6},
					Cooldown: time.Hour, MinReplicas: 1, HoldFor: 2 * time.Minute, Allow: []string{"jobs"},
					Windows: []Window{{Schedule: "30 1 * * *", Duration: time.Hour, TimeZone: "Europe/Brussels"}},
					Breaker: Breaker{FiringPercent: 2.5, UnknownPercent: 100, AtLeast: 1}, ProtectedNamespaces: []string{"a"},
				}
			},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			want := defaultEviction()
			tc.change(&want)
			got, mistakes := evicting(t, tc.text)
			if len(mistakes) > 0 {
				t.Fatal(mistakes)
			}
			if diff := cmp.Diff(want, got.Eviction, windowsByText); diff != "" {
				t.Errorf("eviction (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakesOfEviction(t *testing.T) {
	const fields = `; write its five fields like "0 20 * * 1-5": minute, hour, day of the month, month, day of the week`
	for sentence, tc := range map[string]struct{ text, want string }{
		"a mistyped field":           {"{limit: {}}", `1:12: eviction has no field "limit"; did you mean "limits"?`},
		"a mode that nobody knows":   {"{mode: Enforced}", `1:18: mode cannot be "Enforced"; did you mean "Enforce"?`},
		"limits below nothing":       {"{limits: {perHour: {total: -1}, concurrent: {node: -2}}}", "1:38: total must not be negative; write 0 to allow none\n1:62: node must not be negative; write 0 to allow none"},
		"no replicas":                {"{minReplicas: 0}", "1:25: minReplicas must be at least 1; write 1 to move the pods of every owner"},
		"room that is not held":      {"{holdFor: 0s}", "1:21: holdFor must be longer than 0s and at most 1d; write it like 5m"},
		"room that is held for days": {"{holdFor: 25h}", "1:21: holdFor must be longer than 0s and at most 1d; write it like 5m"},
		"nothing at once, enforced": {"{mode: Enforce, limits: {concurrent: {node: 0, total: 0}}}", "1:55: node must be at least 1 with mode: Enforce, which could move nothing; write 1 or more, or mode: DryRun\n" +
			"1:65: total must be at least 1 with mode: Enforce, which could move nothing; write 1 or more, or mode: DryRun"},
		"a pattern of namespaces":     {`{protectedNamespaces: ["team-*"]}`, `1:34: "team-*" is no name of a namespace: patterns are not known here; list each`},
		"a kind that nobody knows":    {"{allow: [job]}", `1:20: allow[0] cannot be "job"; did you mean "jobs"?`},
		"a kind that stands twice":    {"{allow: [jobs, jobs]}", `1:26: "jobs" stands twice; remove one`},
		"a name that none can have":   {"{protectedNamespaces: [A]}", `1:34: "A" is not valid: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`},
		"a share without its sign":    {"{breaker: {firing: 20}}", "1:30: firing must be a percentage above 0% and up to 100%, not 20; write it like 20%"},
		"a share of more than all":    {"{breaker: {unknown: 101%, atLeast: 0}}", "1:31: unknown must be a percentage above 0% and up to 100%, not 101%; write it like 20%\n1:46: atLeast must be at least 1"},
		"a window without a time":     {"{windows: [{schedule: 0 20 * * *}]}", `1:22: windows[0] needs "duration"`},
		"a window without a schedule": {"{windows: [{duration: 1h}]}", `1:22: windows[0] needs "schedule"`},
		"a window of no time":         {`{windows: [{schedule: "0 20 * * *", duration: 0s}]}`, "1:57: duration must be longer than 0s and at most 1w; write it like 10h"},
		"a window of a month":         {`{windows: [{schedule: "0 20 * * *", duration: 30d}]}`, "1:57: duration must be longer than 0s and at most 1w; write it like 10h"},
		"a zone of the machine":       {`{windows: [{schedule: "0 20 * * *", duration: 1h, timeZone: Local}]}`, `1:71: "Local" is no time zone; write it like Europe/Brussels or UTC`},
		"a zone that is none":         {`{windows: [{schedule: "0 20 * * *", duration: 1h, timeZone: Brussels}]}`, `1:71: "Brussels" is no time zone; write it like Europe/Brussels or UTC`},
		"a schedule with seconds":     {`{windows: [{schedule: "0 0 20 * * *", duration: 1h}]}`, `1:33: "0 0 20 * * *" is no schedule: expected exactly 5 fields, found 6: [0 0 20 * * *]` + fields},
		"a word for a schedule":       {`{windows: [{schedule: "@daily", duration: 1h}]}`, `1:33: "@daily" is no schedule: parser does not accept descriptors: @daily` + fields},
		"a schedule with a zone":      {`{windows: [{schedule: "TZ=UTC 0 20 * * *", duration: 1h}]}`, `1:33: "TZ=UTC 0 20 * * *" is no schedule: a schedule names no time zone` + fields},
		"a schedule that never comes": {`{windows: [{schedule: "0 0 30 2 *", duration: 1h}]}`, `1:33: "0 0 30 2 *" never comes`},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, mistakes := evicting(t, tc.text)
			if got != nil {
				t.Errorf("arguments with mistakes were accepted: %+v", got.Eviction)
			}
			if diff := cmp.Diff(tc.want, lines(mistakes)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRulesTightenAndLoosenNothing(t *testing.T) {
	enforced := defaultEviction()
	enforced.DryRun, enforced.Allow = false, []string{"jobs", "localStorage"}
	plain := Policy{
		Goal: rules.Relieve, After: time.Minute, PerHour: enforced.PerHour, Concurrent: enforced.Concurrent,
		Cooldown: 30 * time.Minute, MinPodAge: 5 * time.Minute, MinReplicas: 2, HoldFor: 5 * time.Minute,
	}
	for sentence, tc := range map[string]struct {
		operator func(*Eviction)
		rule     func(*rules.Rule)
		want     func(*Policy)
	}{
		"a rule that says nothing":          {nil, func(*rules.Rule) {}, func(*Policy) {}},
		"the operator's dry run":            {func(e *Eviction) { e.DryRun = true }, func(*rules.Rule) {}, func(p *Policy) { p.DryRun = true }},
		"that of the rule":                  {nil, func(r *rules.Rule) { r.DryRun = true }, func(p *Policy) { p.DryRun = true }},
		"that of its evictions":             {nil, func(r *rules.Rule) { r.Evict.DryRun = true }, func(p *Policy) { p.DryRun = true }},
		"lower limits count":                {nil, func(r *rules.Rule) { r.Evict.PerHour = rules.PerHour{Node: 1, Owner: 1, Namespace: 1, Total: 1} }, func(p *Policy) { p.PerHour = rules.PerHour{Node: 1, Owner: 1, Namespace: 1, Total: 1} }},
		"higher ones do not":                {nil, func(r *rules.Rule) { r.Evict.PerHour = rules.PerHour{Node: 9, Owner: 9, Namespace: 9, Total: 99} }, func(*Policy) {}},
		"none of the operator's stays none": {func(e *Eviction) { e.PerHour.Total = 0 }, func(r *rules.Rule) { r.Evict.PerHour.Total = 9 }, func(p *Policy) { p.PerHour.Total = 0 }},
		"longer times count": {nil, func(r *rules.Rule) {
			r.Evict.Cooldown, r.Evict.MinPodAge, r.Evict.MinReplicas = new(time.Hour), new(time.Hour), new(int32(3))
		}, func(p *Policy) { p.Cooldown, p.MinPodAge, p.MinReplicas = time.Hour, time.Hour, 3 }},
		"shorter ones do not": {nil, func(r *rules.Rule) {
			r.Evict.Cooldown, r.Evict.MinPodAge, r.Evict.MinReplicas = new(time.Duration(0)), new(time.Second), new(int32(1))
		}, func(*Policy) {}},
		"only what both allow":   {nil, func(r *rules.Rule) { r.Evict.Allow = []string{"persistentVolumes", "jobs"} }, func(p *Policy) { p.Allow = []string{"jobs"} }},
		"the goal is the rule's": {nil, func(r *rules.Rule) { r.Evict.Goal = rules.Vacate }, func(p *Policy) { p.Goal = rules.Vacate }},
	} {
		t.Run(sentence, func(t *testing.T) {
			operator, want := enforced, plain
			if tc.operator != nil {
				tc.operator(&operator)
			}
			rule := &rules.Rule{Evict: &rules.Evict{Goal: rules.Relieve, After: time.Minute}}
			tc.rule(rule)
			tc.want(&want)
			if diff := cmp.Diff(want, operator.For(rule)); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheBreakerTrips(t *testing.T) {
	b := defaultEviction().Breaker
	for sentence, tc := range map[string]struct {
		firing, unknown, nodes int
		want                   bool
	}{
		"not while nothing happens":        {0, 0, 0, false},
		"not at two of three":              {2, 2, 3, false},
		"not below a fifth":                {3, 0, 16, false},
		"at a fifth":                       {3, 0, 15, true},
		"not below three in ten unknown":   {0, 29, 100, false},
		"at three in ten unknown":          {0, 30, 100, true},
		"not at both that are not so many": {19, 29, 100, false},
	} {
		if got := b.Trips(tc.firing, tc.unknown, tc.nodes); got != tc.want {
			t.Errorf("%s: %v", sentence, got)
		}
	}
}

func TestEvictionsThatDifferAreFound(t *testing.T) {
	const window = `{windows: [{schedule: "0 20 * * *", duration: 1h}]}`
	for text, want := range map[string]string{window: "", "{mode: Enforce}": "eviction", `{windows: [{schedule: "0 21 * * *", duration: 1h}]}`: "eviction"} {
		a, _ := evicting(t, window)
		b, _ := evicting(t, text)
		if got := Difference(a, b); got != want {
			t.Errorf("%s: the difference is %q", text, got)
		}
	}
}
