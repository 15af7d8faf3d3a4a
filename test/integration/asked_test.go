package integration

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// schema is that of all answers, and knows every field that they may have.
func (r *release) schema() *jsonschema.Resolved {
	r.t.Helper()
	schema := told[jsonschema.Schema](r, "/schema")
	for _, s := range schema.Defs {
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
	resolved, err := schema.Resolve(nil)
	r.must(err)
	return resolved
}

// answersReadNothing looks at what the scheduler asked while many answers were made.
func (r *release) answersReadNothing() {
	before := r.asked()
	if before["list nodes of metrics.k8s.io"] == 0 {
		r.t.Fatalf("the audit log has %v: the test looks in the wrong place", before)
	}
	for range 10 {
		for _, path := range []string{"/rules", "/preferences", "/keys", "/phases", "/values", "/inflight", "/waiting", "/evictions", "/sources", "/pods/default/web?nodes=all"} {
			_, err := r.API(r.t.Context(), path)
			r.must(err)
		}
		r.postedPodIsJudged()
	}
	for what, n := range r.asked() {
		if n -= before[what]; n > 0 {
			r.t.Logf("meanwhile the scheduler asked %d times: %s", n, what)
			if !slices.Contains(askedAnyway, what) {
				r.t.Errorf("no answer needs that")
			}
		}
	}
}

// askedAnyway is what a scheduler reads whether somebody asks it or not.
var askedAnyway = []string{
	"get leases", "list nodes of metrics.k8s.io", "list pods of metrics.k8s.io", "get configmaps", "list configmaps",
	"watch configmaps", "watch pods", "watch nodes",
}

// asked counts what the scheduler has read of the API server.
func (r *release) asked() map[string]int {
	r.t.Helper()
	out := map[string]int{}
	r.must(requests(r.bed.AuditLog(), r.account(), func(q request) {
		what := q.Verb + " " + q.ObjectRef.Resource
		if q.ObjectRef.APIGroup == "metrics.k8s.io" {
			what += " of metrics.k8s.io"
		}
		if q.User.Username == r.account() && slices.Contains([]string{"get", "list", "watch"}, q.Verb) {
			out[what]++
		}
	}))
	return out
}
