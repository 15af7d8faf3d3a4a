package prometheus

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// autoLabels are the labels by which series are joined where nobody says which one,
// in this order.
var autoLabels = []model.LabelName{"node", "node_name", "nodename", "kubernetes_node", "exported_node", "hostname", "instance"}

// joined says to which nodes the series of one answer belong.
type joined struct {
	// label is the one that was chosen, empty where no series came.
	label model.LabelName
	// series holds the places of the series of each node, by place of the node.
	series [][]int32
	// doubtful says why nobody can tell to which of several nodes a series belongs,
	// by place of the node.
	doubtful map[int]string
	table    *telemetry.JoinTable
}

// joiner joins the answers of one reading. What a value of a label means is found
// once for all of them. It is not for concurrent use.
type joiner struct {
	nodes *nodeIndex
	found map[string]map[string]found // by the way's name and the value
}

// found is what a value of a label means.
type found struct {
	kind  string
	nodes []int
	// clash says that the value means other nodes in another way.
	clash string
}

func newJoiner(r telemetry.Request) *joiner {
	return &joiner{nodes: newNodeIndex(r), found: map[string]map[string]found{}}
}

// join finds the nodes of an answer's series. It fails where a person has to say
// which label names the node.
func (j *joiner) join(answer model.Vector, how telemetry.Join) (*joined, error) {
	if len(answer) == 0 {
		return j.empty(), nil
	}
	candidates := autoLabels
	if how.Series != "" && how.Series != telemetry.JoinAuto {
		candidates = []model.LabelName{model.LabelName(how.Series)}
	}
	for _, by := range ways(how.Node) {
		votes, err := j.vote(answer, candidates, by)
		if err != nil {
			return nil, err
		}
		if best, any := elect(votes); any {
			return j.assign(answer, candidates[best], by)
		}
	}
	return nil, homeless(answer, candidates, how)
}

// way is what is tried together to find a node.
type way struct {
	name  string
	kinds []string
}

var byPodIP = way{telemetry.JoinByPodIP, []string{telemetry.JoinByPodIP}}

// ways returns what to try one after the other.
func ways(node string) []way {
	if node == "" || node == telemetry.JoinAuto {
		return []way{{telemetry.JoinAuto, autoKinds}, byPodIP}
	}
	return []way{{node, []string{node}}}
}

// vote counts, for each label, the series of which it names a node.
func (j *joiner) vote(answer model.Vector, candidates []model.LabelName, by way) ([]int, error) {
	votes := make([]int, len(candidates))
	for _, s := range answer {
		first := -1
		for i, label := range candidates {
			f := j.meaning(s.Metric, label, by)
			if f.clash != "" {
				return nil, fmt.Errorf("the label %s is ambiguous: %s; write what it holds as join.node", label, f.clash)
			}
			if len(f.nodes) == 0 {
				continue
			}
			votes[i]++
			if first < 0 {
				first = i
			} else if before := j.meaning(s.Metric, candidates[first], by); !overlap(before.nodes, f.nodes) {
				return nil, j.disagree(s.Metric, candidates[first], label, before, f)
			}
		}
	}
	return votes, nil
}

// elect returns the place of the label with the most votes, the first of several.
func elect(votes []int) (best int, any bool) {
	for i, n := range votes {
		if n > votes[best] {
			best = i
		}
	}
	return best, votes[best] > 0
}

// meaning returns the nodes that a label of a series names.
func (j *joiner) meaning(series model.Metric, label model.LabelName, by way) found {
	value := string(series[label])
	if value == "" {
		return found{}
	}
	if j.found[by.name] == nil {
		j.found[by.name] = map[string]found{}
	}
	f, known := j.found[by.name][value]
	if !known {
		f = j.lookUp(value, by.kinds)
		j.found[by.name][value] = f
	}
	return f
}

// lookUp takes the first kind that knows the value, and sees whether the others
// agree.
func (j *joiner) lookUp(value string, kinds []string) (f found) {
	for _, kind := range kinds {
		nodes := j.nodes.find(kind, value)
		switch {
		case len(nodes) == 0:
		case f.kind == "":
			f.kind, f.nodes = kind, nodes
		case f.clash == "" && !overlap(f.nodes, nodes):
			f.clash = fmt.Sprintf("%q is the %s of node %s and the %s of node %s", value, f.kind, j.name(f.nodes[0]), kind, j.name(nodes[0]))
		}
	}
	return f
}

// maxPairs is how many times series may find nodes. By a label of nodes each series
// may find all of them.
const maxPairs = 1_000_000

// assign gives each node its series. It fails where they are too many.
func (j *joiner) assign(answer model.Vector, label model.LabelName, by way) (*joined, error) {
	pairs := 0
	out := &joined{label: label, series: make([][]int32, len(j.nodes.nodes)), doubtful: map[int]string{}}
	t := &tally{kinds: map[string]int{}, foreign: map[string]bool{}}
	for i, s := range answer {
		f := j.meaning(s.Metric, label, by)
		t.count(string(s.Metric[label]), f)
		if len(f.nodes) > 1 && !strings.HasPrefix(f.kind, telemetry.JoinByLabel) {
			j.doubt(out, string(s.Metric[label]), f)
			continue
		}
		if pairs += len(f.nodes); pairs > maxPairs {
			return nil, fmt.Errorf("its %d series find nodes more than %d times, because many nodes share a value of %s; aggregate by (%s)", len(answer), maxPairs, label, label)
		}
		for _, place := range f.nodes {
			out.series[place] = append(out.series[place], int32(i))
		}
	}
	out.table = j.table(out, t)
	return out, nil
}

// doubt leaves out a series that may belong to any of several nodes.
func (j *joiner) doubt(out *joined, value string, f found) {
	names := make([]string, len(f.nodes))
	for i, place := range f.nodes {
		names[i] = j.name(place)
	}
	slices.Sort(names)
	why := fmt.Sprintf("%s is the %s of %s, so that nobody can tell whose series it is", value, f.kind, strings.Join(firstFew(names), ", "))
	for _, place := range f.nodes {
		out.doubtful[place] = why
	}
}

func (j *joiner) empty() *joined {
	out := &joined{series: make([][]int32, len(j.nodes.nodes))}
	out.table = j.table(out, &tally{})
	return out
}

func (j *joiner) name(place int) string { return j.nodes.nodes[place].Name }

func overlap(a, b []int) bool {
	return slices.ContainsFunc(a, func(place int) bool { return slices.Contains(b, place) })
}
