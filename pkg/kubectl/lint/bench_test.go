package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// manyRules is a file of so many rules.
func manyRules(n int) []byte {
	var b strings.Builder
	b.WriteString("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n")
	for i := range n {
		fmt.Fprintf(&b, "- name: rule-%d\n  nodes: {matchLabels: {pool: p%d}}\n  when: {any: [{metric: memory, above: 90%%, clear: 85%%}, {metric: cpu, above: 95%%}]}\n  for: 1m\n  actions: {block: {}}\n", i, i)
	}
	return []byte(b.String())
}

// BenchmarkLint judges 1,000 rules in one file, and in 100.
func BenchmarkLint(b *testing.B) {
	for _, files := range []int{1, 100} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			for b.Loop() {
				l := newLibrary(settings.DefaultNamespace)
				for i := range files {
					data := strings.ReplaceAll(string(manyRules(1000/files)), "rule-", fmt.Sprintf("rule-%d-", i))
					l.add(fmt.Sprintf("%d.yaml", i), []byte(data), true)
				}
				l.judge(settings.Default(), nil, time.Now())
				if len(l.found) > 0 || l.texts != files {
					b.Fatalf("%d texts: %v", l.texts, l.found)
				}
			}
		})
	}
}
