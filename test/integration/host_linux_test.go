package integration

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

const (
	// usedShare is what everybody asks node_exporter for.
	usedShare = "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)"
	// mostPressed bounds what the test takes from the machine, beside a quarter of
	// what is available.
	mostPressed = 2 << 30
)

// host is a release whose only node is this machine.
type host struct {
	*release
	exporter *testbed.NodeExporter
	// called is what the machine calls itself, node the node of that name.
	called, node string
	// press is how much memory the test takes, in bytes.
	press int64
	// line is the threshold, in percent.
	line float64
}

func (h *host) in(t *testing.T) *host {
	part := *h
	part.release = h.release.in(t)
	return &part
}

// TestAPressedMachine measures the machine that it runs on. Others use that too, so
// the line lies half of the press above what was measured before: to fool the test,
// they would have to take a gigabyte at the right moment and give it back at another.
// Where they do so by chance, it waits for them. It runs beside no other test of this
// package.
func TestAPressedMachine(t *testing.T) {
	r := newRelease(t, shared(t), "host")
	exporter, err := r.bed.StartNodeExporter(t.Context())
	r.must(err)
	t.Cleanup(exporter.Kill)
	h := &host{release: r, exporter: exporter}
	h.meet()
	prom, err := r.bed.StartPrometheus(t.Context(), testbed.Prometheus{Name: "prom-host", Scrapes: []string{
		testbed.Scrape("node", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": h.called + ":9100"}}),
	}})
	r.must(err)
	t.Cleanup(prom.Kill)
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "- {name: prom, type: Prometheus, url: '"+prom.URL+"', interval: 1s}", "minInterval: 1s", "builtin: metrics"))
	h.draw()
	h.write("rules", map[string]string{"pressed.yaml": h.rules()})
	tell(t, h,
		chapter[*host]{"the series of node_exporter find the node of the machine's name", (*host).isJoined},
		chapter[*host]{"a process that takes memory makes the rule fire, and a pod waits", (*host).isPressed},
		chapter[*host]{"the end of the process binds the pod", (*host).isRelieved},
		chapter[*host]{"no pod needed the flush of the queue", func(h *host) { h.wantNoFlush() }},
	)
}

// meet adds a node of the machine's name.
func (h *host) meet() {
	h.t.Helper()
	m, err := h.exporter.Metrics(h.t.Context())
	h.must(err)
	names := m.Values("node_uname_info", "nodename")
	if len(names) != 1 {
		h.t.Fatalf("node_exporter says that the machine is called %q", names)
	}
	h.called, h.node = names[0], strings.ToLower(names[0])
	one := h.nodes(1)
	one.Only = h.node
	h.must(h.bed.AddNodes(h.t.Context(), one))
}

// draw draws the line in the middle between what is in use, now that all parts run,
// and what will be.
func (h *host) draw() {
	h.t.Helper()
	m, err := h.exporter.Metrics(h.t.Context())
	h.must(err)
	total, available := m.Sum("node_memory_MemTotal_bytes"), m.Sum("node_memory_MemAvailable_bytes")
	h.press = min(mostPressed, int64(available)/4)
	used, rise := 100*(1-available/total), 100*float64(h.press)/total
	h.line = used + rise/2
	h.t.Logf("%s uses %.2f %% of %.1f GiB, and %.1f GiB more are %.2f %%", h.node, used, total/(1<<30), float64(h.press)/(1<<30), rise)
}

// rules are about the machine's memory, and about its stalls where the kernel counts
// them.
func (h *host) rules() string {
	text := fmt.Sprintf("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nmetrics:\n"+
		"- {name: used, unit: percent, query: '%s', interval: 1s, maxAge: 10s}\n", usedShare)
	rules := h.blocking("pressed", fmt.Sprintf("metric: used, above: %.2f%%", h.line))
	if h.countsStalls() {
		text += "- {name: stalls, unit: percent, query: '100 * rate(node_pressure_memory_waiting_seconds_total[5s])', interval: 1s, maxAge: 10s}\n"
		rules += h.blocking("stalled", "metric: stalls, above: 100%", "mode: DryRun")
	}
	return text + "rules:\n" + rules
}

// countsStalls reports whether the kernel has pressure stall information.
func (h *host) countsStalls() bool {
	m, err := h.exporter.Metrics(h.t.Context())
	h.must(err)
	return m["node_pressure_memory_waiting_seconds_total"] != nil
}

func (h *host) isJoined() {
	h.judged("pressed", 1)
	h.metric(1, "telemetry_scheduler_metric_series", "metric", "used", "state", "matched")
	if h.countsStalls() {
		h.metric(1, "telemetry_scheduler_metric_series", "metric", "stalls", "state", "matched")
		h.judged("stalled", 1)
	}
	h.bound(h.add(on(h.pod("before"), h.node))...)
	h.firing("pressed", 0)
}

func (h *host) isPressed() {
	defer pressMemory(h.t, h.press)()
	h.t.Log(h.event(h.node, "TelemetryRuleFiring", "pressed").Note)
	h.waits(h.add(on(h.pod("pinned"), h.node))[0], "1 node(s) broke telemetry rule pressed (used > ")
}

func (h *host) isRelieved() {
	h.firing("pressed", 0)
	h.bound(h.name + "-pinned")
}

// pressEnv has this program do nothing but hold so many bytes of memory.
const pressEnv = "TEST_PRESS_MEMORY_BYTES"

// longestPress ends a press that nobody ends.
const longestPress = 5 * time.Minute

// pressMemory has a process take memory. It ends by what is returned, and with us.
func pressMemory(t *testing.T, size int64) (end func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), program)
	process.Env = append(os.Environ(), fmt.Sprintf("%s=%d", pressEnv, size))
	input, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = input.Close()
		_ = process.Wait() // it may have been killed with the test
	}
	if said, err := bufio.NewReader(output).ReadString('\n'); said != "held\n" {
		end()
		t.Fatalf("the process that takes memory says %q, %v", said, err)
	}
	return end
}

func init() {
	size, err := strconv.Atoi(os.Getenv(pressEnv))
	if err != nil {
		return
	}
	hold(size)
	os.Exit(0)
}

// hold has the kernel give it memory, page by page, and keeps that until whoever
// started it closes its input, or dies. It lies outside of the heap: the race detector
// would want the fourfold.
func hold(size int) {
	time.AfterFunc(longestPress, func() { os.Exit(1) })
	_, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_POPULATE)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
}
