package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// layout is how an exporter of nodes is scraped, and what must come of it.
type layout struct {
	// labels are those of the targets of node-a, node-b and node-c, in the words of
	// a target's labels, or of fewer targets.
	labels []string
	// text is what each target says; "load N" with the number of the target by
	// default. A % stands for the letter of its node.
	text string
	// query is what is asked, with JOB for the job; load{job="JOB"} by default.
	query string
	join  telemetry.Join
	// cluster changes what the source is told.
	cluster func(*telemetry.Request)

	// values are those of the nodes; 1, 2 and 3 by default.
	values map[string]string
	table  telemetry.JoinTable
}

var all = map[string]string{"node-a": "1", "node-b": "2", "node-c": "3"}

// by is the table of a join of all three nodes by a label.
func by(label, kind string) telemetry.JoinTable {
	return telemetry.JoinTable{Label: label, By: kind, Matched: 3}
}

// three writes the labels of three targets: %d is the number of the node and %s its
// letter.
func three(format string) (out []string) {
	for i, name := range names {
		text := strings.ReplaceAll(format, "%d", fmt.Sprint(i+1))
		out = append(out, strings.ReplaceAll(text, "%s", name[len("node-"):]))
	}
	return out
}

// uname is what node_exporter says beside its values.
const uname = "load N\nnode_uname_info{nodename=\"HOST-%\",sysname=\"Linux\"} 1"

// ofUname takes the node's name from there.
const ofUname = `load{job="JOB"} * on (instance) group_left (nodename) node_uname_info{job="JOB"}`

var layouts = map[string]layout{
	"node_exporter on the node's address":        {labels: three("instance=10.0.0.%d:9100"), table: by("instance", "internalIP")},
	"an address without a port":                  {labels: three("instance=10.0.0.%d"), table: by("instance", "internalIP")},
	"an external address":                        {labels: three("instance=192.0.2.%d:9100"), table: by("instance", "externalIP")},
	"an instance that was relabelled to a name":  {labels: three("instance=node-%s"), table: by("instance", "name")},
	"a name with a port":                         {labels: three("instance=node-%s:9100"), table: by("instance", "name")},
	"a DNS name with a port":                     {labels: three("instance=node-%s.cluster.internal:10250"), table: by("instance", "hostname")},
	"IPv6 in brackets with a port":               {labels: three("instance=[fd00::%d]:9100"), table: by("instance", "internalIP")},
	"IPv6 in brackets":                           {labels: three("instance=[fd00::%d]"), table: by("instance", "internalIP")},
	"IPv6 alone":                                 {labels: three("instance=fd00::%d"), table: by("instance", "internalIP")},
	"IPv6 written at length":                     {labels: three("instance=[FD00:0:0:0:0:0:0:%d]:9100"), table: by("instance", "internalIP")},
	"the two families mixed":                     {labels: []string{"instance=10.0.0.1:9100", "instance=[fd00::2]:9100", "instance=10.0.0.3:9100"}, table: by("instance", "internalIP")},
	"node beside an instance behind a NAT":       {labels: three("node=node-%s,instance=nat:%d"), table: by("node", "name")},
	"node beside the address of an exporter pod": {labels: three("node=node-%s,instance=10.244.%d.5:9400"), table: by("node", "name")},
	"kubelets of kube-prometheus":                {labels: three("node=node-%s,instance=10.0.0.%d:10250"), table: by("node", "name")},
	"node_name":                                  {labels: three("node_name=node-%s,instance=nat:%d"), table: by("node_name", "name")},
	"nodename":                                   {labels: three("nodename=node-%s,instance=nat:%d"), table: by("nodename", "name")},
	"kubernetes_node":                            {labels: three("kubernetes_node=node-%s,instance=nat:%d"), table: by("kubernetes_node", "name")},
	"hostname":                                   {labels: three("hostname=host-%s,instance=nat:%d"), table: by("hostname", "hostname")},
	"exporter pods, known by their address":      {labels: three("instance=10.244.%d.5:9400"), table: by("instance", "podIP")},
	"a label of that name that means a rack":     {labels: three("node=rack-%d,instance=10.0.0.%d:9100"), table: by("instance", "internalIP")},
	"a label that its author names":              {labels: three("machine=node-%s,instance=nat:%d"), join: telemetry.Join{Series: "machine"}, table: by("machine", "name")},
	"nodename of node_uname_info beside the node's address": {
		labels: three("instance=10.0.0.%d:9100"), text: uname, query: ofUname, table: by("nodename", "hostname"),
	},
	"nodename of node_uname_info behind a NAT": {
		labels: three("instance=nat:%d"), text: uname, query: ofUname, table: by("nodename", "hostname"),
	},
	"exported_node, where one exporter speaks of all nodes": {
		labels: []string{"node=infra,instance=10.244.9.9:8080"}, text: "load{node=\"node-a\"} 1\nload{node=\"node-b\"} 2\nload{node=\"node-c\"} 3",
		table: by("exported_node", "name"),
	},
	"exported_node beside the node that the exporter runs on": {
		labels: []string{"node=node-a,instance=10.244.9.9:8080"}, text: "load{node=\"node-a\"} 1\nload{node=\"node-b\"} 2\nload{node=\"node-c\"} 3",
		values: map[string]string{"": `the query "load{job=\"JOB\"}": the labels of its series disagree: node="node-a" is node node-a and exported_node="node-b" is node node-b; write the one that counts as join.series`},
	},
	"the same, mended as it says": {
		labels: []string{"node=node-a,instance=10.244.9.9:8080"}, text: "load{node=\"node-a\"} 1\nload{node=\"node-b\"} 2\nload{node=\"node-c\"} 3",
		join: telemetry.Join{Series: "exported_node"}, table: by("exported_node", "name"),
	},
	"a node and an address of another one": {
		labels: []string{"node=node-a,instance=10.0.0.2:9100"},
		values: map[string]string{"": `the query "load{job=\"JOB\"}": the labels of its series disagree: node="node-a" is node node-a and instance="10.0.0.2:9100" is node node-b; write the one that counts as join.series`},
	},
	"two nodes with one address": {
		labels: []string{"instance=10.0.0.1:9100", "instance=10.0.0.2:9100", "instance=10.0.0.3:9100"},
		cluster: func(r *telemetry.Request) {
			r.Nodes[1].Addresses = append(r.Nodes[1].Addresses, telemetry.Address{Type: "InternalIP", Address: "10.0.0.1"})
		},
		values: map[string]string{
			"node-a": `the query "load{job=\"JOB\"}": 10.0.0.1:9100 is the internalIP of node-a, node-b, so that nobody can tell whose series it is`,
			"node-b": `the query "load{job=\"JOB\"}": 10.0.0.1:9100 is the internalIP of node-a, node-b, so that nobody can tell whose series it is`,
			"node-c": "3",
		},
		table: telemetry.JoinTable{Label: "instance", By: "internalIP", Matched: 3, Ambiguous: []string{"node-a", "node-b"}, AmbiguousCount: 2},
	},
	"one value for all nodes of a zone": {
		labels: []string{"zone=west,instance=nat:1", "zone=east,instance=nat:2", "zone=north,instance=nat:3"},
		join:   telemetry.Join{Series: "zone", Node: "label:topology.kubernetes.io/zone"},
		values: map[string]string{"node-a": "1", "node-b": "1", "node-c": "2"},
		table:  telemetry.JoinTable{Label: "zone", By: "label:topology.kubernetes.io/zone", Matched: 2, Foreign: []string{"north"}, ForeignCount: 1},
	},
	"nodes of others beside a silent one": {
		labels: []string{"instance=10.0.0.1:9100", "instance=10.0.0.2:9100", "instance=10.9.9.9:9100"},
		values: map[string]string{"node-a": "1", "node-b": "2"},
		table: telemetry.JoinTable{
			Label: "instance", By: "internalIP", Matched: 2, Foreign: []string{"10.9.9.9:9100"}, ForeignCount: 1, Silent: []string{"node-c"}, SilentCount: 1,
		},
	},
}

// targets are the targets of one job. The exporter's path says which one it is.
func (l layout) targets(job, address string) (out []testbed.Target) {
	for i, text := range l.labels {
		labels := map[string]string{}
		for pair := range strings.SplitSeq(text, ",") {
			name, value, _ := strings.Cut(pair, "=")
			labels[name] = value
		}
		out = append(out, testbed.Target{Address: address, Path: fmt.Sprintf("/%s/%d", job, i), Labels: labels})
	}
	return out
}

// exposition is what the exporter says under a path, all of it measured at a time.
func exposition(jobs map[string]layout, path string, measured time.Time) string {
	var job string
	var i int
	if _, err := fmt.Sscanf(path, "/job-%s", &job); err != nil {
		return ""
	}
	job, _, _ = strings.Cut(job, "/")
	if _, err := fmt.Sscanf(path, "/job-"+job+"/%d", &i); err != nil {
		return ""
	}
	text := jobs["job-"+job].text
	if text == "" {
		text = "load N"
	}
	text = strings.ReplaceAll(text, "N", fmt.Sprint(i+1))
	text = strings.ReplaceAll(text, "%", strings.ToUpper(names[i][len("node-"):]))
	var out strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintf(&out, "%s %d\n", line, measured.UnixMilli())
	}
	return out.String()
}

// TestEveryLayoutOfLabelsOnOneServer scrapes exporters whose samples are half a
// minute old by their own word: the age of a value must be theirs, to the
// millisecond.
func TestEveryLayoutOfLabelsOnOneServer(t *testing.T) {
	t.Parallel()
	measured := time.UnixMilli(time.Now().Add(-30 * time.Second).UnixMilli())
	sentences := slices.Sorted(maps.Keys(layouts))
	jobs, series := map[string]layout{}, 0
	exporter := export(t, func(path string) string { return exposition(jobs, path, measured) })
	var scrapes []string
	for i, sentence := range sentences {
		job, l := fmt.Sprintf("job-%02d", i), layouts[sentence]
		jobs[job] = l
		scrapes = append(scrapes, testbed.Scrape(job, l.targets(job, exporter.Address)...))
		series += max(len(l.labels), strings.Count(l.text, "load{"))
	}
	prom := serve(t, testbed.Prometheus{Scrapes: scrapes})
	reader := open(t, source.Options{URL: prom.URL}, "")
	scraped(t, reader, "load", series)
	for i, sentence := range sentences {
		t.Run(sentence, func(t *testing.T) { layouts[sentence].check(t, reader, fmt.Sprintf("job-%02d", i), measured) })
	}
}

func (l layout) check(t *testing.T, reader *reader, job string, measured time.Time) {
	query, want := l.query, cluster()
	if query == "" {
		query = `load{job="JOB"}`
	}
	if l.cluster != nil {
		l.cluster(&want)
	}
	m := telemetry.Metric{Name: "load", Query: strings.ReplaceAll(query, "JOB", job), Join: l.join, MaxAge: time.Minute}
	r, err := reader.collect(t.Context(), want, m)
	must(t, err)
	values := l.values
	if values == nil {
		values = all
	}
	got := outcome(r, "load")
	for node, text := range got {
		got[node] = strings.ReplaceAll(text, job, "JOB")
	}
	if diff := cmp.Diff(values, got); diff != "" {
		t.Fatalf("values (-want +got):\n%s", diff)
	}
	for key, sample := range r.Samples {
		if !sample.Time.Equal(measured) {
			t.Errorf("the value of %s is said to be of %v, and is of %v", key.Node, sample.Time, measured)
		}
	}
	if _, failed := values[""]; failed {
		return
	}
	if diff := cmp.Diff(&l.table, r.Joins["load"], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("how the series found their nodes (-want +got):\n%s", diff)
	}
}
