package descheduler_test

import (
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func convert(text string) *descheduler.Converter {
	c := &descheduler.Converter{Options: descheduler.Options{Block: true, Rules: rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)}}}
	c.Add("policy.yaml", []byte(text))
	return c
}

// policy has LowNodeUtilization, and what else is said of it and of the evictor.
func policy(utilization, evictor string) string {
	return `apiVersion: descheduler/v1alpha2
kind: DeschedulerPolicy
profiles:
- name: p
  pluginConfig:
  - {name: DefaultEvictor, args: {` + evictor + `}}
  - {name: LowNodeUtilization, args: {` + utilization + `}}
  plugins: {balance: {enabled: [LowNodeUtilization]}}
`
}

const measured = "thresholds: {cpu: 20}, targetThresholds: {cpu: 50}, metricsUtilization: {metricsServer: true}"

// TestWhatBecomesOfAPolicy looks for a piece of what is written, or of what is said.
func TestWhatBecomesOfAPolicy(t *testing.T) {
	for name, tc := range map[string]struct{ utilization, evictor, written, said string }{
		"one resource is one comparison":        {measured, "", "when: {metric: cpu, above: 50%, clear: 50%}", ""},
		"a node at the threshold takes pods":    {measured, "", "homes: {when: {metric: cpu, atMost: 20%}}", ""},
		"the least limit counts":                {measured + ", evictionLimits: {node: 3}", "", "perHour: {node: 3}", "of a cycle there"},
		"pods below the priority may be moved":  {measured, "priorityThreshold: {value: 100}", "maxPodPriority: 99", ""},
		"included namespaces are selected":      {measured + ", evictableNamespaces: {include: [a]}", "", "{key: kubernetes.io/metadata.name, operator: In, values: [a]}", ""},
		"pods with local storage may be moved":  {measured, "podProtections: {defaultDisabled: [PodsWithLocalStorage]}", "allow: [localStorage]", ""},
		"what a rule never moves is said":       {measured, "evictFailedBarePods: true", "", "never moves what the descheduler calls FailedBarePods"},
		"one replica may be moved by default":   {measured, "minReplicas: 1", "", ""},
		"a query has no unit but the ratio":     {"thresholds: {MetricResource: 20}, targetThresholds: {MetricResource: 50}, metricsUtilization: {source: Prometheus, prometheus: {query: up}}", "", "unit: ratio", "one at a time"},
		"a query that is missing is an error":   {"thresholds: {MetricResource: 20}, targetThresholds: {MetricResource: 50}, metricsUtilization: {source: Prometheus}", "", "", "error: the source Prometheus needs a query"},
		"a source that there is not is one":     {"thresholds: {cpu: 20}, targetThresholds: {cpu: 50}, metricsUtilization: {source: Kubernetes}", "", "", `error: there is no source "Kubernetes"`},
		"a threshold that is too high is one":   {"thresholds: {cpu: 20}, targetThresholds: {cpu: 101}, metricsUtilization: {metricsServer: true}", "", "", "error: a threshold is a number from 0 to 100, not 101"},
		"thresholds of a query need their name": {"thresholds: {cpu: 20}, targetThresholds: {cpu: 50}, metricsUtilization: {source: Prometheus, prometheus: {query: up}}", "", "", `error: the use of "cpu" is not measured`},
		"without metrics nothing is made":       {"thresholds: {cpu: 20}, targetThresholds: {cpu: 50}", "", "", "warning: without metricsUtilization"},
	} {
		t.Run(name, func(t *testing.T) {
			c := convert(policy(tc.utilization, tc.evictor))
			var said strings.Builder
			for _, r := range c.Remarks {
				said.WriteString(r.String() + "\n")
			}
			if written := draft.Bare(c.Texts); !strings.Contains(written, tc.written) {
				t.Errorf("%q is not in what is written:\n%s%s", tc.written, written, &said)
			}
			if !strings.Contains(said.String(), tc.said) || !strings.Contains(tc.said, "error") && draft.AnyError(c.Remarks) {
				t.Errorf("%q is not all that is said:\n%s", tc.said, &said)
			}
		})
	}
}

// FuzzAdd converts whatever text there is: it never panics.
func FuzzAdd(f *testing.F) {
	f.Add(policy(measured, "labelSelector: {matchLabels: {a: b}}, minPodAge: 5m, podProtections: {extraEnabled: [PodsWithoutPDB]}"))
	f.Add(strings.Replace(policy(measured, ""), "profiles", "nodeSelector: a=b,c!=d,!e,f in (g)\nmaxNoOfPodsToEvictTotal: 3\nprofiles", 1))
	f.Add("apiVersion: v1\nkind: ConfigMap\ndata: {a: 'apiVersion: descheduler/v1alpha2, kind: DeschedulerPolicy'}\n")
	f.Fuzz(func(t *testing.T, text string) { draft.Bare(convert(text).Texts) })
}
