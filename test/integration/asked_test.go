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
	if before["create tokenreviews"] == 0 {
		r.t.Fatalf("the audit log has %v, and somebody with a token has asked before", before)
	}
	for range 10 {
		for _, path := range []string{"/rules", "/preferences", "/keys", "/phases", "/values", "/inflight", "/sources", "/pods/default/web?nodes=all"} {
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

// askedAnyway is what a scheduler asks for whether somebody asks it or not, and who it
// is that asks.
var askedAnyway = []string{
	"create subjectaccessreviews", "create tokenreviews",
	"get leases", "update leases", "list nodes of metrics.k8s.io", "list pods of metrics.k8s.io",
	"create configmaps", "get configmaps", "list configmaps", "update configmaps",
	"create events", "patch events", "watch configmaps", "watch pods", "watch nodes",
}

// asked counts what the scheduler has asked of the API server.
func (r *release) asked() map[string]int {
	r.t.Helper()
	out := map[string]int{}
	r.must(requests(r.bed.AuditLog(), r.account(), func(q request) {
		what := q.Verb + " " + q.ObjectRef.Resource
		if q.ObjectRef.APIGroup == "metrics.k8s.io" {
			what += " of metrics.k8s.io"
		}
		if q.User.Username == r.account() {
			out[what]++
		}
	}))
	return out
}
