package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// program is what `make kubectl-telemetry` builds.
const program = "../../bin/kubectl-telemetry"

// BenchmarkPlugin runs commands that need no cluster as users do: a process each. It
// reports the median time, on the clock and of the processors, and the size of the
// program.
func BenchmarkPlugin(b *testing.B) {
	about, err := os.Stat(program)
	if errors.Is(err, os.ErrNotExist) {
		b.Skip("there is no " + program + ": make kubectl-telemetry builds it")
	}
	if err != nil {
		b.Fatal(err)
	}
	folder, file := manyRules(b, 1000)
	for _, args := range [][]string{
		{"version"},
		{"lint", "../../examples/rules/memory-above-90.yaml"},
		{"test", "../../examples/tests/memory-above-90.yaml"},
		{"generate", "memory"},
		{"schema"},
		{"convert", "tas", "../../examples/tas/health.yaml"},
		{"lint", file},
		{"lint", folder},
	} {
		b.Run(sentence(args), func(b *testing.B) {
			measure(b, args)
			b.ReportMetric(float64(about.Size())/1e6, "MB")
		})
	}
}

// sentence names a benchmark.
func sentence(args []string) string {
	words := slices.Clone(args)
	for i, word := range words {
		words[i] = filepath.Base(word)
	}
	return strings.Join(words, " ")
}

// measure runs the program again and again.
func measure(b *testing.B, args []string) {
	var wall, cpu []time.Duration
	for b.Loop() {
		command := exec.CommandContext(b.Context(), program, args...)
		began := time.Now()
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		wall = append(wall, time.Since(began))
		cpu = append(cpu, command.ProcessState.UserTime()+command.ProcessState.SystemTime())
	}
	b.ReportMetric(0, "ns/op") // a mean hides what else the machine did
	b.ReportMetric(median(wall), "ms")
	b.ReportMetric(median(cpu), "cpu-ms")
}

// median is in milliseconds.
func median(of []time.Duration) float64 {
	slices.Sort(of)
	return float64(of[len(of)/2]) / float64(time.Millisecond)
}

// manyRules writes rules into a folder, a file each, and all of them into one file.
func manyRules(b *testing.B, n int) (folder, file string) {
	top := b.TempDir()
	folder, file = filepath.Join(top, "1000-files"), filepath.Join(top, "1000-rules.yaml")
	if err := os.Mkdir(folder, 0o755); err != nil {
		b.Fatal(err)
	}
	const head = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n"
	all := head
	for i := range n {
		rule := fmt.Sprintf("- name: rule-%d\n  nodes: {matchLabels: {pool: p%d}}\n  when: {any: [{metric: memory, above: 90%%, clear: 85%%}, {metric: cpu, above: 95%%}]}\n  for: 1m\n  actions: {block: {}}\n", i, i)
		write(b, filepath.Join(folder, fmt.Sprintf("rule-%d.yaml", i)), head+rule)
		all += rule
	}
	write(b, file, all)
	return folder, file
}

func write(b *testing.B, file, text string) {
	b.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}
