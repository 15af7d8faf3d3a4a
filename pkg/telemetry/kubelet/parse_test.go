package kubelet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// whole is an answer as kubelets write it.
const whole = `# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="c",namespace="n",pod="p"} 4.5 1795428000000
# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 357.35491 1795428001500
# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 1.6227328e+07 1795428002000
# TYPE node_swap_usage_bytes gauge
node_swap_usage_bytes 0 1795428002000
# TYPE resource_scrape_error gauge
resource_scrape_error 0
`

func TestAnAnswerIsReadAsText(t *testing.T) {
	at := func(value float64, ms int64) measured { return measured{value: value, at: time.UnixMilli(ms)} }
	none := func(name string) measured { return measured{problem: "the kubelet's answer has no " + name} }
	for sentence, tc := range map[string]struct {
		text string
		want said
	}{
		"values with times of their own":      {whole, said{at(357.35491, 1795428001500), at(1.6227328e+07, 1795428002000)}},
		"values without times have the asked": {"node_cpu_usage_seconds_total 1\nnode_memory_working_set_bytes 2\n", said{measured{value: 1, at: start}, measured{value: 2, at: start}}},
		"zero is a value":                     {"node_cpu_usage_seconds_total 0\nnode_memory_working_set_bytes 0\n", said{measured{at: start}, measured{at: start}}},
		"labels do not matter":                {"node_cpu_usage_seconds_total{node=\"a\"} 1 5\n\tnode_memory_working_set_bytes 2 6\n", said{at(1, 5), at(2, 6)}},
		"nothing at all":                      {"", said{none(cpuFamily), none(memoryFamily)}},
		"text that is no metrics":             {"404 page not found\n", said{none(cpuFamily), none(memoryFamily)}},
		"other names that begin like ours":    {"node_cpu_usage_seconds_totals 1\nnode_cpu_usage_seconds_total\n", said{none(cpuFamily), none(memoryFamily)}},
		"a kubelet that could not measure": {"resource_scrape_error 1\nnode_memory_working_set_bytes 2 6\n", said{
			measured{problem: "the kubelet could not measure, and says no node_cpu_usage_seconds_total"}, at(2, 6),
		}},
		"one of an older version": {"scrape_error 1\nnode_memory_working_set_bytes 2 6\n", said{
			measured{problem: "the kubelet could not measure, and says no node_cpu_usage_seconds_total"}, at(2, 6),
		}},
		"two values": {"node_cpu_usage_seconds_total{cpu=\"0\"} 1\nnode_cpu_usage_seconds_total{cpu=\"1\"} 1\nnode_memory_working_set_bytes 2 6\n", said{
			measured{problem: "the kubelet's answer has several values of node_cpu_usage_seconds_total"}, at(2, 6),
		}},
		"a type that does not fit": {"# TYPE node_cpu_usage_seconds_total histogram\nnode_cpu_usage_seconds_total 1 5\nnode_memory_working_set_bytes 2 6\n", said{at(1, 5), at(2, 6)}},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := parse(strings.NewReader(tc.text), start, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.node, cmp.AllowUnexported(said{}, measured{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAnswerThatCannotBeReadIsRefusedWhole(t *testing.T) {
	broken := errors.New("the line is dead")
	for sentence, tc := range map[string]struct {
		body io.Reader
		want string
	}{
		"it ends in a number":                   {strings.NewReader("node_memory_working_set_bytes 16"), errCutShort.Error()},
		"it ends in a line of no interest":      {strings.NewReader(whole + "pod_cpu"), errCutShort.Error()},
		"it has a line without end":             {strings.NewReader(strings.Repeat("<br>", maxLine)), errLongLine.Error()},
		"it says the same again and again":      {strings.NewReader(strings.Repeat("node_memory_working_set_bytes 1\n", maxKept)), errRepeats.Error()},
		"its value is a word":                   {strings.NewReader("node_memory_working_set_bytes much\n"), `expected float as value, got "much"`},
		"its time is a word":                    {strings.NewReader("node_memory_working_set_bytes 1 now\n"), `expected integer as timestamp, got "now"`},
		"the connection breaks":                 {io.MultiReader(strings.NewReader(whole), failing{broken}), broken.Error()},
		"the connection breaks within a number": {io.MultiReader(strings.NewReader("node_memory_working_set_bytes 1"), failing{broken}), broken.Error()},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := parse(tc.body, start, true)
			if err == nil || err.Error() != tc.want {
				t.Errorf("%+v and the error %v, want %s", got, err, tc.want)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzParse looks for answers that panic, or of which a part is believed although
// the whole cannot be read.
func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add("node_cpu_usage_seconds_total{a=\"b\"} 1\n")
	f.Add("node_memory_working_set_bytes{ 1 -1\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parse(strings.NewReader(text), start, true)
		if err != nil && (got.node != (said{}) || got.pods != nil) {
			t.Errorf("an error and %+v", got)
		}
	})
}

// crowded is the answer of a node with 110 pods.
func crowded() string {
	var text strings.Builder
	for i := range 110 {
		for _, family := range []string{"container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "container_start_time_seconds"} {
			fmt.Fprintf(&text, "%s{container=\"container\",namespace=\"namespace\",pod=\"deployment-5d59d67564-%05d\"} %d.5 1795428000000\n", family, i, i)
		}
		for _, family := range []string{podCPUFamily, podMemoryFamily} {
			fmt.Fprintf(&text, "%s{namespace=\"namespace\",pod=\"deployment-5d59d67564-%05d\"} %d.5 1795428000000\n", family, i, i)
		}
	}
	return text.String() + whole
}

func BenchmarkParse(b *testing.B) {
	for name, wantPods := range map[string]bool{"node": false, "pods": true} {
		b.Run(name, func(b *testing.B) {
			text := crowded()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if got, err := parse(strings.NewReader(text), start, wantPods); err != nil || wantPods != (len(got.pods) == 110) {
					b.Fatal(got, err)
				}
			}
		})
	}
}
