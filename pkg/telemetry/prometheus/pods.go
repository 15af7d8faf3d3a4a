package prometheus

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var _ telemetry.PodSource = (*Source)(nil)

// Names under which the values of pods are remembered.
const (
	podCPU    = "pod-cpu"
	podMemory = "pod-memory"
)

// podIdentity is how series say which pod they are about. Where a scrape gave them
// labels of the same names, theirs were renamed.
var podIdentity = identity{
	[]string{"namespace", "pod", "exported_namespace", "exported_pod"},
	func(m model.Metric) string { return podText(podOf(m)) },
}

func podOf(m model.Metric) telemetry.PodKey {
	return telemetry.PodKey{
		Namespace: string(cmp.Or(m["exported_namespace"], m["namespace"])),
		Name:      string(cmp.Or(m["exported_pod"], m["pod"])),
	}
}

// podText is one text of a pod; empty where its name is not whole.
func podText(key telemetry.PodKey) string {
	if key.Namespace == "" || key.Name == "" {
		return ""
	}
	return key.Namespace + "/" + key.Name
}

// Pods implements telemetry.PodSource with two queries as of one time of the server's
// clock, and their ages. They are asked one after the other: the answers are large. An
// error names the query that failed.
func (s *Source) Pods(ctx context.Context) (*telemetry.PodReading, error) {
	at, err := s.moment(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.opts.URL, err)
	}
	var values [2]map[telemetry.PodKey]value
	for i, m := range []telemetry.Metric{{Name: podCPU, Query: s.opts.PodCPU}, {Name: podMemory, Query: s.opts.PodMemory}} {
		if values[i], err = newRound(s, telemetry.Request{}, at).readPods(ctx, &m); err != nil {
			return nil, fmt.Errorf("%s: the query %q: %w", s.opts.URL, cut(m.Query), err)
		}
	}
	return podReading(values[0], values[1], s.opts.Now()), nil
}

// errNoPods is the cause of a query that the server answers with nothing.
var errNoPods = fmt.Errorf("it gives no series, so that %w; have /metrics/resource of the kubelets scraped, or write podCPU and podMemory under queries of the source", telemetry.ErrNoPods)

// readPods reads one value of each pod.
func (r *round) readPods(ctx context.Context, m *telemetry.Metric) (map[telemetry.PodKey]value, error) {
	j := job{Metric: m, text: m.Query, lookback: leastLookback}
	if err := r.source.timeable(j); err != nil {
		return nil, err
	}
	answer, pods, err := r.askPods(ctx, j)
	if err != nil {
		return nil, err
	}
	stamps, err := r.derive(ctx, j, answer)
	if err != nil {
		return nil, err
	}
	f := r.filler(j, answer, stamps)
	f.subject = "pod"
	out := make(map[telemetry.PodKey]value, len(pods))
	for place, key := range pods {
		out[key] = f.value(place, podText(key), answer.joined.series[place], "")
	}
	f.memory.replace(f.next)
	return out, nil
}

// askPods asks a query and returns the pods that it tells of, by their place in the
// reply.
func (r *round) askPods(ctx context.Context, j job) (*reply, []telemetry.PodKey, error) {
	q, err := r.source.in.query(j.text)
	if err != nil {
		return nil, nil, err
	}
	answer, err := r.vector(ctx, q.text, j.lookback)
	switch {
	case err != nil:
		return nil, nil, err
	case len(answer.vector) == 0:
		return nil, nil, errNoPods
	}
	joined, pods := joinPods(answer.vector)
	if len(pods) == 0 {
		return nil, nil, fmt.Errorf("its series have no labels namespace and pod; keep both in the query; the first one is %s", show(answer.vector[0].Metric))
	}
	return &reply{query: q, vector: answer.vector, joined: joined}, pods, nil
}

// joinPods gives each pod its series. Those of no pod are left out.
func joinPods(answer model.Vector) (*joined, []telemetry.PodKey) {
	out := &joined{whose: podIdentity, series: make([][]int32, 0, len(answer))}
	pods := make([]telemetry.PodKey, 0, len(answer))
	places := make(map[telemetry.PodKey]int, len(answer))
	for i, s := range answer {
		key := podOf(s.Metric)
		if podText(key) == "" {
			continue
		}
		place, known := places[key]
		if !known {
			place = len(pods)
			places[key], pods, out.series = place, append(pods, key), append(out.series, nil)
		}
		out.series[place] = append(out.series[place], int32(i))
	}
	return out, pods
}

// podReading puts the two values of each pod together.
func podReading(cpu, memory map[telemetry.PodKey]value, now time.Time) *telemetry.PodReading {
	r := &telemetry.PodReading{Use: make(map[telemetry.PodKey]telemetry.PodUse, len(cpu)), Problems: map[telemetry.PodKey]string{}}
	for _, all := range []map[telemetry.PodKey]value{cpu, memory} {
		for key := range all {
			use, problem := podUse(cpu[key], memory[key])
			if problem = cmp.Or(problem, use.Refuse(now)); problem != "" {
				r.Problems[key] = problem
			} else {
				r.Use[key] = use
			}
		}
	}
	return r
}

// podUse says what is missing where there are not both.
func podUse(cpu, memory value) (telemetry.PodUse, string) {
	switch {
	case cpu.problem != "" || memory.problem != "":
		return telemetry.PodUse{}, cmp.Or(cpu.problem, memory.problem)
	case !cpu.found:
		return telemetry.PodUse{}, "the server has no CPU use of the pod"
	case !memory.found:
		return telemetry.PodUse{}, "the server has no memory use of the pod"
	}
	return telemetry.PodUseOf(cpu.sample, memory.sample), ""
}
