package prometheus

import (
	"testing"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// The first versions of Prometheus that do something which is seen here. What is not
// named does not depend on the version.
var (
	// heedsLookback looks back for samples as far as a query asks.
	heedsLookback = version.MustParseGeneric("2.43")
	// warnsOfQueries warns of what a query means; before, remote reads alone warn.
	warnsOfQueries = version.MustParseGeneric("2.48")
	// tracksStaleness marks the end of series whose exporter writes the times, where a
	// scrape configuration says so.
	tracksStaleness = version.MustParseGeneric("2.48")
	// sortsByLabel has sort_by_label, behind a flag.
	sortsByLabel = version.MustParseGeneric("2.49")
	// remarksApart keeps remarks apart from warnings.
	remarksApart = version.MustParseGeneric("2.54")
)

// versionOf is what a server says of itself.
func versionOf(t *testing.T, prom *testbed.RunningPrometheus) *version.Version {
	t.Helper()
	client, err := api.NewClient(api.Config{Address: prom.URL})
	must(t, err)
	info, err := v1.NewAPI(client).Buildinfo(t.Context())
	must(t, err)
	is, err := version.ParseSemantic(info.Version)
	must(t, err)
	t.Logf("the server is Prometheus %v", is)
	return is
}

// since is what to expect of a version: now from the first one on, and before until
// then.
func since[T any](is, first *version.Version, now, before T) T {
	if is.AtLeast(first) {
		return now
	}
	return before
}
