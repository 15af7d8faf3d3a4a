package prometheus

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestASecondClusterInTheServer has two clusters whose nodes have the same names,
// but for one of the other's. Each says when it measured, so that ages of one cannot
// pass for those of the other.
func TestASecondClusterInTheServer(t *testing.T) {
	t.Parallel()
	measured := map[string]time.Time{
		"/eu-1": time.UnixMilli(time.Now().Add(-20 * time.Second).UnixMilli()),
		"/us-1": time.UnixMilli(time.Now().Add(-40 * time.Second).UnixMilli()),
	}
	exporter := export(t, func(path string) string {
		at, others := measured[path].UnixMilli(), ""
		if path == "/us-1" {
			others = fmt.Sprintf("load{node=\"node-z\"} 9 %d\n", at)
		}
		return fmt.Sprintf("load{node=\"node-a\"} 1 %d\nload{node=\"node-b\"} 2 %[1]d\nload{node=\"node-c\"} 3 %[1]d\n", at) + others
	})
	var targets []testbed.Target
	for path := range measured {
		targets = append(targets, testbed.Target{Address: exporter.Address, Path: path, Labels: map[string]string{"cluster": path[1:], "instance": "exporter" + path}})
	}
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("clusters", targets...)}})
	scraped(t, open(t, source.Options{URL: prom.URL}, ""), "load", 7)
	for sentence, tc := range map[string]struct {
		matchers []string
		query    string
		values   map[string]string
		measured time.Time
		table    telemetry.JoinTable
	}{
		"with a matcher only ours count": {
			[]string{`cluster="eu-1"`}, "load", all, measured["/eu-1"], by("node", "name"),
		},
		"with a matcher as an expression too": {
			[]string{`cluster=~"eu-.*"`}, "load", all, measured["/eu-1"], by("node", "name"),
		},
		"in every selector of a query": {
			[]string{`cluster="eu-1"`}, "load + on (node) (load - load offset 0s)", all, measured["/eu-1"], by("node", "name"),
		},
		"the other cluster has a node that is none of ours": {
			[]string{`cluster="us-1"`}, "load", all, measured["/us-1"],
			telemetry.JoinTable{Label: "node", By: "name", Matched: 3, Foreign: []string{"node-z"}, ForeignCount: 1},
		},
		"without a matcher nothing is guessed and nothing is mixed": {
			nil, "load", map[string]string{"node-a": mixed("node-a"), "node-b": mixed("node-b"), "node-c": mixed("node-c")}, time.Time{},
			telemetry.JoinTable{
				Label: "node", By: "name", Matched: 6, Foreign: []string{"node-z"}, ForeignCount: 1,
				Ambiguous: names, AmbiguousCount: 3,
			},
		},
		"an author who aggregates over both is answered with the age of the older": {
			nil, "sum by (node) (load)", map[string]string{"node-a": "2", "node-b": "4", "node-c": "6"}, measured["/us-1"],
			telemetry.JoinTable{Label: "node", By: "name", Matched: 3, Foreign: []string{"node-z"}, ForeignCount: 1},
		},
		"a cluster that the server does not know": {
			[]string{`cluster="eu-9"`}, "load", map[string]string{}, time.Time{}, telemetry.JoinTable{Silent: names, SilentCount: 3},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			r := open(t, source.Options{URL: prom.URL, Matchers: tc.matchers}, "").read(t, telemetry.Metric{Name: "load", Query: tc.query, MaxAge: time.Minute})
			if diff := cmp.Diff(tc.values, outcome(r, "load")); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			for key, sample := range r.Samples {
				if !sample.Time.Equal(tc.measured) {
					t.Errorf("the value of %s is of %v, and not of %v", key.Node, sample.Time, tc.measured)
				}
			}
			if diff := cmp.Diff(&tc.table, r.Joins["load"], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("how the series found their nodes (-want +got):\n%s", diff)
			}
		})
	}
}

// mixed is what is said of a node that both clusters have.
func mixed(node string) string {
	series := func(cluster string) string {
		return fmt.Sprintf(`load{cluster=%q, instance="exporter/%s", job="clusters", node=%q}`, cluster, cluster, node)
	}
	return fmt.Sprintf(`the query "load": it gives 2 series for one node, such as %s and %s; aggregate them, or say how to combine them`, series("eu-1"), series("us-1"))
}
