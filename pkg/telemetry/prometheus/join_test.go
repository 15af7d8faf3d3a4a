package prometheus

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// cluster is two nodes of two families of addresses, and one that is alone in its
// zone.
func cluster() telemetry.Request {
	node := func(name, hostname, v4, v6, external, zone string) telemetry.Node {
		return telemetry.Node{
			Name: name, Labels: map[string]string{"kubernetes.io/hostname": hostname, "zone": zone},
			Addresses: []telemetry.Address{
				{Type: "InternalIP", Address: v4}, {Type: "InternalIP", Address: v6}, {Type: "ExternalIP", Address: external},
				{Type: "Hostname", Address: hostname}, {Type: "InternalDNS", Address: name + ".cluster.internal"},
			},
		}
	}
	pods := map[string]string{"10.244.0.5": "node-a", "10.244.1.5": "node-b", "fd00:1::5": "node-c", "10.244.9.9": "gone"}
	return telemetry.Request{
		Nodes: []telemetry.Node{
			node("node-a", "host-a", "10.0.0.1", "fd00::1", "192.0.2.1", "west"),
			node("node-b", "host-b", "10.0.0.2", "fd00::2", "192.0.2.2", "west"),
			node("node-c", "host-c", "10.0.0.3", "fd00::3", "192.0.2.3", "east"),
		},
		PodNode: func(ip string) (string, bool) { node, found := pods[ip]; return node, found },
	}
}

// answer makes a vector whose values count from 1; a series is written like
// node=a,instance=b.
func answer(series ...string) model.Vector {
	var out model.Vector
	for i, text := range series {
		out = append(out, &model.Sample{Metric: metric(text), Value: model.SampleValue(i + 1)})
	}
	return out
}

func metric(text string) model.Metric {
	m := model.Metric{}
	for text != "" {
		var name, value string
		name, text, _ = strings.Cut(text, "=")
		value, text, _ = strings.Cut(text, ",")
		m[model.LabelName(name)] = model.LabelValue(value)
	}
	return m
}

// ofNodes says which series each node got, as node → values.
func ofNodes(j *joiner, out *joined) map[string][]int32 {
	got := map[string][]int32{}
	for place, series := range out.series {
		if len(series) > 0 {
			got[j.name(place)] = series
		}
	}
	return got
}

func TestEveryLayoutOfLabelsFindsItsNodes(t *testing.T) {
	auto := telemetry.Join{Series: telemetry.JoinAuto, Node: telemetry.JoinAuto}
	node := func(by string) telemetry.Join { return telemetry.Join{Series: telemetry.JoinAuto, Node: by} }
	series := func(label string) telemetry.Join { return telemetry.Join{Series: label, Node: telemetry.JoinAuto} }
	for sentence, tc := range map[string]struct {
		join      telemetry.Join
		series    [2]string // of node-a and node-b
		label, by string
	}{
		"the zero value is auto":               {telemetry.Join{}, [2]string{"node=node-a", "node=node-b"}, "node", "name"},
		"node":                                 {auto, [2]string{"node=node-a", "node=node-b"}, "node", "name"},
		"node_name":                            {auto, [2]string{"node_name=node-a", "node_name=node-b"}, "node_name", "name"},
		"nodename":                             {auto, [2]string{"nodename=node-a", "nodename=node-b"}, "nodename", "name"},
		"kubernetes_node":                      {auto, [2]string{"kubernetes_node=node-a", "kubernetes_node=node-b"}, "kubernetes_node", "name"},
		"exported_node":                        {auto, [2]string{"exported_node=node-a", "exported_node=node-b"}, "exported_node", "name"},
		"hostname":                             {auto, [2]string{"hostname=host-a", "hostname=host-b"}, "hostname", "hostname"},
		"nodename as uname writes it":          {auto, [2]string{"nodename=HOST-A", "nodename=Host-B"}, "nodename", "hostname"},
		"instance is a name":                   {auto, [2]string{"instance=node-a", "instance=node-b"}, "instance", "name"},
		"instance is a name with a port":       {auto, [2]string{"instance=node-a:9100", "instance=node-b:9100"}, "instance", "name"},
		"instance is a DNS name":               {auto, [2]string{"instance=node-a.cluster.internal:10250", "instance=node-b.cluster.internal:10250"}, "instance", "hostname"},
		"instance is an address with a port":   {auto, [2]string{"instance=10.0.0.1:10250", "instance=10.0.0.2:10250"}, "instance", "internalIP"},
		"instance is an address alone":         {auto, [2]string{"instance=10.0.0.1", "instance=10.0.0.2"}, "instance", "internalIP"},
		"instance is an external address":      {auto, [2]string{"instance=192.0.2.1:9100", "instance=192.0.2.2:9100"}, "instance", "externalIP"},
		"IPv6 in brackets with a port":         {auto, [2]string{"instance=[fd00::1]:9100", "instance=[fd00::2]:9100"}, "instance", "internalIP"},
		"IPv6 in brackets":                     {auto, [2]string{"instance=[fd00::1]", "instance=[fd00::2]"}, "instance", "internalIP"},
		"IPv6 alone, written at length":        {auto, [2]string{"instance=FD00:0:0:0::1", "instance=fd00::0002"}, "instance", "internalIP"},
		"IPv4 within IPv6":                     {auto, [2]string{"instance=[::ffff:10.0.0.1]:9100", "instance=10.0.0.2:9100"}, "instance", "internalIP"},
		"the families mixed":                   {auto, [2]string{"instance=[fd00::1]:9100", "instance=10.0.0.2:9100"}, "instance", "internalIP"},
		"an exporter pod's address":            {auto, [2]string{"instance=10.244.0.5:9400", "instance=10.244.1.5:9400"}, "instance", "podIP"},
		"the node beside its pod's address":    {auto, [2]string{"node=node-a,instance=10.244.0.5:9400", "node=node-b,instance=10.244.1.5:9400"}, "node", "name"},
		"an exporter that speaks of others":    {auto, [2]string{"node=node-a,instance=10.244.1.5:8080", "node=node-b,instance=10.244.1.5:8080"}, "node", "name"},
		"a label of that name means something": {auto, [2]string{"node=rack-7,instance=10.0.0.1:9100", "node=rack-8,instance=10.0.0.2:9100"}, "instance", "internalIP"},
		"two labels that agree":                {auto, [2]string{"node=node-a,hostname=host-a,instance=10.0.0.1:9100", "node=node-b,hostname=host-b,instance=10.0.0.2:9100"}, "node", "name"},
		"the label that more series have":      {auto, [2]string{"instance=10.0.0.1:9100", "instance=10.0.0.2:9100,node=node-b"}, "instance", "internalIP"},
		"a label by its name":                  {series("machine"), [2]string{"machine=node-a,node=node-b", "machine=node-b,node=node-a"}, "machine", "name"},
		"by name":                              {node(telemetry.JoinByName), [2]string{"node=node-a", "node=node-b"}, "node", "name"},
		"by hostname":                          {node(telemetry.JoinByHostname), [2]string{"instance=host-a:80", "instance=host-b:80"}, "instance", "hostname"},
		"by internal address":                  {node(telemetry.JoinByInternalIP), [2]string{"instance=10.0.0.1:80", "instance=10.0.0.2:80"}, "instance", "internalIP"},
		"by the address of a pod":              {node(telemetry.JoinByPodIP), [2]string{"instance=10.244.0.5:80,node=node-b", "instance=10.244.1.5:80"}, "instance", "podIP"},
	} {
		t.Run(sentence, func(t *testing.T) {
			j := newJoiner(cluster())
			out, err := j.join(answer(tc.series[0], tc.series[1]), tc.join)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string][]int32{"node-a": {0}, "node-b": {1}}, ofNodes(j, out)); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
			want := &telemetry.JoinTable{Label: tc.label, By: tc.by, Matched: 2, Silent: []string{"node-c"}, SilentCount: 1}
			if diff := cmp.Diff(want, out.table, ignoreEmpty); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyNodesShareTheSeriesOfTheirZone(t *testing.T) {
	j := newJoiner(cluster())
	out, err := j.join(answer("zone=west", "zone=east", "zone=north"), telemetry.Join{Series: "zone", Node: "label:zone"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]int32{"node-a": {0}, "node-b": {0}, "node-c": {1}}, ofNodes(j, out)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	want := &telemetry.JoinTable{Label: "zone", By: "label:zone", Matched: 2, Foreign: []string{"north"}, ForeignCount: 1}
	if diff := cmp.Diff(want, out.table, ignoreEmpty); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestSeriesThatFindTooManyNodesAreRefused(t *testing.T) {
	const nodes = 1000
	var r telemetry.Request
	for i := range nodes {
		r.Nodes = append(r.Nodes, telemetry.Node{Name: fmt.Sprint("node-", i), Labels: map[string]string{"zone": "west"}})
	}
	how := telemetry.Join{Series: "zone", Node: telemetry.JoinByLabel + "zone"}
	few := answer(slices.Repeat([]string{"zone=west"}, maxPairs/nodes)...)
	if _, err := newJoiner(r).join(few, how); err != nil {
		t.Errorf("as many as may be: %v", err)
	}
	_, err := newJoiner(r).join(append(few, few[0]), how)
	want := "its 1001 series find nodes more than 1000000 times, because many nodes share a value of zone; aggregate by (zone)"
	if err == nil || err.Error() != want {
		t.Errorf("one more: got %v, want %s", err, want)
	}
}

func TestForeignSeriesAreCountedAndLeftOut(t *testing.T) {
	j := newJoiner(cluster())
	out, err := j.join(answer("node=node-a", "node=other-2", "node=other-1", "node=other-1,x=y", "job=none"), telemetry.Join{})
	if err != nil {
		t.Fatal(err)
	}
	want := &telemetry.JoinTable{
		Label: "node", By: "name", Matched: 1, Foreign: []string{"", "other-1", "other-2"}, ForeignCount: 4,
		Silent: []string{"node-b", "node-c"}, SilentCount: 2,
	}
	if diff := cmp.Diff(want, out.table, ignoreEmpty); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestExamplesAreFewAndCountsAreWhole(t *testing.T) {
	var r telemetry.Request
	var series []string
	for i := range 30 {
		r.Nodes = append(r.Nodes, telemetry.Node{Name: fmt.Sprintf("node-%02d", i)})
		series = append(series, fmt.Sprintf("node=foreign-%02d", i))
	}
	out, err := newJoiner(r).join(answer(append(series, "node=node-00")...), telemetry.Join{})
	if err != nil {
		t.Fatal(err)
	}
	got := out.table
	if got.ForeignCount != 30 || got.SilentCount != 29 || len(got.Foreign) != few || len(got.Silent) != few || got.Silent[0] != "node-01" {
		t.Errorf("the table is %+v", got)
	}
}

func TestTwoNodesWithOneAddressCannotBeToldApart(t *testing.T) {
	r := cluster()
	r.Nodes[1].Addresses[0].Address = "10.0.0.1"
	j := newJoiner(r)
	out, err := j.join(answer("instance=10.0.0.1:9100", "instance=10.0.0.3:9100"), telemetry.Join{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]int32{"node-c": {1}}, ofNodes(j, out)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	const why = "10.0.0.1:9100 is the internalIP of node-a, node-b, so that nobody can tell whose series it is"
	if diff := cmp.Diff(map[int]string{0: why, 1: why}, out.doubtful); diff != "" {
		t.Errorf("doubts (-want +got):\n%s", diff)
	}
	if out, err = j.join(answer("node=node-a,instance=10.0.0.1:9100", "node=node-b,instance=10.0.0.1:9100"), telemetry.Join{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]int32{"node-a": {0}, "node-b": {1}}, ofNodes(j, out)); diff != "" {
		t.Errorf("a label with names tells them apart (-want +got):\n%s", diff)
	}
}

func TestAJoinThatAPersonMustDecide(t *testing.T) {
	named := cluster()
	named.Nodes[0].Name = "10.0.0.2"
	for sentence, tc := range map[string]struct {
		request telemetry.Request
		series  string
		join    telemetry.Join
		want    string
	}{
		"labels that disagree":               {cluster(), "node=node-a,exported_node=node-b", telemetry.Join{}, `the labels of its series disagree: node="node-a" is node node-a and exported_node="node-b" is node node-b; write the one that counts as join.series`},
		"a name that is another's address":   {named, "instance=10.0.0.2:9100", telemetry.Join{}, `the label instance is ambiguous: "10.0.0.2:9100" is the name of node 10.0.0.2 and the internalIP of node node-b; write what it holds as join.node`},
		"another cluster's series":           {cluster(), "node=x,instance=10.9.0.1:9100", telemetry.Join{}, `none of its 1 series names a node of this cluster (node: auto); the first one has node="x", instance="10.9.0.1:9100"`},
		"the wrong word":                     {cluster(), "node=node-a", telemetry.Join{Node: "internalIP"}, `none of its 1 series names a node of this cluster (node: internalIP); the first one has node="node-a"`},
		"a pod whose node is gone":           {cluster(), "instance=10.244.9.9:80", telemetry.Join{}, `none of its 1 series names a node of this cluster (node: auto); the first one has instance="10.244.9.9:80"`},
		"no label of a known name":           {cluster(), "job=x", telemetry.Join{}, `its series have no label that names a node; the first one is {job="x"}; write the label as join.series, or keep one in the query`},
		"no label at all":                    {cluster(), "", telemetry.Join{}, `its series have no label that names a node; the first one is {}; write the label as join.series, or keep one in the query`},
		"not the label that was asked for":   {cluster(), "node=node-a", telemetry.Join{Series: "machine"}, `its series have no label machine; the first one is {node="node-a"}`},
		"a label of nodes that no node has":  {cluster(), "zone=west", telemetry.Join{Series: "zone", Node: "label:rack"}, `none of its 1 series names a node of this cluster (node: label:rack); the first one has zone="west"`},
		"nobody knows the addresses of pods": {telemetry.Request{Nodes: cluster().Nodes}, "instance=10.244.0.5:80", telemetry.Join{}, `none of its 1 series names a node of this cluster (node: auto); the first one has instance="10.244.0.5:80"`},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := newJoiner(tc.request).join(answer(tc.series), tc.join)
			if err == nil {
				t.Fatal("it was joined")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoSeriesLeaveAllNodesSilent(t *testing.T) {
	out, err := newJoiner(cluster()).join(nil, telemetry.Join{})
	if err != nil {
		t.Fatal(err)
	}
	want := &telemetry.JoinTable{Silent: []string{"node-a", "node-b", "node-c"}, SilentCount: 3}
	if diff := cmp.Diff(want, out.table, ignoreEmpty); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
