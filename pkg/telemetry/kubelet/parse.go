package kubelet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// The families of an answer that matter. An answer has some thousand lines about
// pods and containers besides.
const (
	cpuFamily    = "node_cpu_usage_seconds_total"
	memoryFamily = "node_memory_working_set_bytes"
	// Kubelets say with one of these that they could not measure.
	errorFamily    = "resource_scrape_error"
	oldErrorFamily = "scrape_error"
)

var families = [][]byte{[]byte(cpuFamily), []byte(memoryFamily), []byte(errorFamily), []byte(oldErrorFamily)}

const (
	maxLine = 64 << 10
	// maxKept bounds the lines that matter; four are to be expected.
	maxKept = 16 << 10
)

var (
	errCutShort = errors.New("the answer ends in the middle of a line")
	errLongLine = fmt.Errorf("the answer has a line of more than %d KiB, which no kubelet writes", maxLine>>10)
	errRepeats  = errors.New("the answer repeats the metrics of the node again and again")
)

// measured is one value of an answer with its time, or why there is none.
type measured struct {
	value   float64
	at      time.Time
	problem string
}

// said is what a kubelet says of its node or of a pod: CPU time in seconds and
// working set in bytes.
type said struct{ cpu, memory measured }

// answer is all that matters of what a kubelet says.
type answer struct {
	node said
	// pods is nil where nobody wants to know.
	pods map[telemetry.PodKey]*said
}

// parse reads an answer in the text format. asked is the time of values that say
// none themselves. The pods are read if they are wanted.
func parse(body io.Reader, asked time.Time, wantPods bool) (answer, error) {
	pods := podParser{asked: asked}
	others := func([]byte) {}
	if wantPods {
		pods.pods, others = map[telemetry.PodKey]*said{}, pods.take
	}
	kept, err := keep(body, others)
	if err != nil {
		return answer{}, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(bytes.NewReader(kept))
	if err != nil {
		return answer{}, withoutLine(err)
	}
	node := said{cpu: pick(found, cpuFamily, asked), memory: pick(found, memoryFamily, asked)}
	return answer{node, pods.pods}, nil
}

// buffers are those of visits that have ended: thousands of nodes would each leave
// one behind in every reading.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, maxLine) }}

// keep returns the lines that matter of the node, and hands on all others: an
// answer may be long, and costs no memory.
func keep(body io.Reader, others func([]byte)) ([]byte, error) {
	lines := buffers.Get().(*bufio.Reader)
	lines.Reset(body)
	defer func() {
		lines.Reset(nil)
		buffers.Put(lines)
	}()
	var kept []byte
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return kept, nil
		case err == io.EOF:
			return nil, errCutShort
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, errLongLine
		case err != nil:
			return nil, err
		case len(kept) > maxKept:
			return nil, errRepeats
		case matters(line):
			kept = append(kept, line...)
		default:
			others(line)
		}
	}
}

// matters reports whether a line is a sample of a family of ours. Comments are
// not: the values are taken whatever type they are said to have.
func matters(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	for _, family := range families {
		rest, ours := bytes.CutPrefix(line, family)
		if ours && len(rest) > 0 && bytes.IndexByte([]byte(" \t{"), rest[0]) >= 0 {
			return true
		}
	}
	return false
}

// withoutLine drops the number of a line, which counts only lines that matter.
func withoutLine(err error) error {
	var mistake expfmt.ParseError
	if errors.As(err, &mistake) {
		return errors.New(mistake.Msg)
	}
	return err
}

func pick(found map[string]*dto.MetricFamily, name string, asked time.Time) measured {
	series := found[name].GetMetric()
	switch {
	case len(series) > 1:
		return measured{problem: "the kubelet's answer has several values of " + name}
	case len(series) == 1:
		return valueOf(series[0], asked)
	case value(found[errorFamily]) == 1 || value(found[oldErrorFamily]) == 1:
		return measured{problem: "the kubelet could not measure, and says no " + name}
	}
	return measured{problem: "the kubelet's answer has no " + name}
}

func valueOf(m *dto.Metric, asked time.Time) measured {
	out := measured{value: m.GetUntyped().GetValue(), at: asked}
	if m.TimestampMs != nil {
		out.at = time.UnixMilli(m.GetTimestampMs())
	}
	return out
}

// value returns that of a family with one sample; NaN for any other.
func value(f *dto.MetricFamily) float64 {
	if len(f.GetMetric()) != 1 {
		return math.NaN()
	}
	return f.GetMetric()[0].GetUntyped().GetValue()
}
