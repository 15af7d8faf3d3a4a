package kubelet

import (
	"bytes"
	"strconv"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// The families about pods. Kubelets make them of whatever containers a pod has, so
// that nobody needs to add those up.
const (
	podCPUFamily    = "pod_cpu_usage_seconds_total"
	podMemoryFamily = "pod_memory_working_set_bytes"
)

var podCPUPrefix, podMemoryPrefix = []byte(podCPUFamily + "{"), []byte(podMemoryFamily + "{")

// mostPods bounds the pods of one answer; kubelets run a few hundred.
const mostPods = 10_000

// podParser reads the lines about pods, which are many: it knows just enough of the
// format for what kubelets write. A line that it cannot read says nothing, and harms
// no other.
type podParser struct {
	asked time.Time
	pods  map[telemetry.PodKey]*said
}

// take reads a line, whatever it is about.
func (p *podParser) take(line []byte) {
	if rest, ours := bytes.CutPrefix(line, podCPUPrefix); ours {
		if pod, value := p.read(rest); pod != nil {
			pod.cpu = pod.cpu.or(value, podCPUFamily)
		}
	} else if rest, ours := bytes.CutPrefix(line, podMemoryPrefix); ours {
		if pod, value := p.read(rest); pod != nil {
			pod.memory = pod.memory.or(value, podMemoryFamily)
		}
	}
}

// or returns the first value of a family; a second one makes both doubtful.
func (m measured) or(value measured, family string) measured {
	if m == (measured{}) {
		return value
	}
	return measured{problem: "the kubelet's answer has several values of " + family}
}

// read reads what follows the name of a family and a brace; nil where it cannot.
func (p *podParser) read(text []byte) (*said, measured) {
	namespace, name, text := podLabels(text)
	value, ok := p.value(text)
	if !ok || len(namespace) == 0 || len(name) == 0 {
		return nil, measured{}
	}
	pod := p.pods[telemetry.PodKey{Namespace: string(namespace), Name: string(name)}]
	if pod == nil && len(p.pods) < mostPods {
		pod = &said{}
		p.pods[telemetry.PodKey{Namespace: string(namespace), Name: string(name)}] = pod
	}
	return pod, value
}

// podLabels returns the labels that name a pod, and what follows the brace. Nothing in
// the labels of pods needs to be escaped, so that a text with escapes is of none.
func podLabels(text []byte) (namespace, name, rest []byte) {
	for {
		label, after, opened := bytes.Cut(text, []byte(`="`))
		value, after, closed := bytes.Cut(after, []byte(`"`))
		if !opened || !closed || len(after) == 0 || bytes.IndexByte(value, '\\') >= 0 {
			return nil, nil, nil
		}
		switch string(label) {
		case "namespace":
			namespace = value
		case "pod":
			name = value
		}
		switch text = after[1:]; after[0] {
		case '}':
			return namespace, name, text
		case ',':
		default:
			return nil, nil, nil
		}
	}
}

// value reads a value and its time in milliseconds, if it has one.
func (p *podParser) value(text []byte) (measured, bool) {
	number, stamp, stamped := bytes.Cut(bytes.TrimSpace(text), []byte(" "))
	value, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return measured{}, false
	}
	if !stamped {
		return measured{value: value, at: p.asked}, true
	}
	ms, err := strconv.ParseInt(string(stamp), 10, 64)
	return measured{value: value, at: time.UnixMilli(ms)}, err == nil
}
