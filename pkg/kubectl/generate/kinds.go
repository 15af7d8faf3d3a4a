package generate

import (
	"fmt"
	"time"
)

// kind is what rules can be generated for.
type kind struct {
	name, short string
	// threshold is the first line, and clear makes the second of it; without a threshold
	// there is a rule only where one is asked for.
	threshold string
	clear     func(float64) float64
	// suffix is what the numbers carry.
	suffix string
	lasts  time.Duration
	// query is PromQL, empty where the metric is a built-in one; it is what --query
	// replaces. resource stands in it as %s.
	query     string
	resources []string
	giveWay   bool
	prefers   bool
	nodes     map[string]string
	// series is what the query reads of a node in a test, and counts is set where that
	// counts what the value is a rate of.
	series func(resource, node, address string) string
	counts bool
}

func less(by float64) func(float64) float64 {
	return func(threshold float64) float64 { return threshold - by }
}

func share(of float64) func(float64) float64 {
	return func(threshold float64) float64 { return threshold * of }
}

var kinds = []kind{
	{
		name: "memory", short: "No new pods on nodes that are short of memory",
		threshold: "90%", clear: less(5), suffix: "%",
	},
	{
		name: "cpu", short: "No new pods on nodes whose cpu is busy, as long as there are others",
		threshold: "85%", clear: less(10), suffix: "%", lasts: 2 * time.Minute, giveWay: true,
	},
	{
		name: "stall", short: "No new pods on nodes whose tasks wait for memory, cpu or io",
		threshold: "10%", clear: share(0.2), suffix: "%", lasts: time.Minute,
		query: "100 * rate(node_pressure_%s_waiting_seconds_total[2m])", resources: []string{"memory", "cpu", "io"}, counts: true,
		series: func(resource, _, address string) string {
			return fmt.Sprintf(`node_pressure_%s_waiting_seconds_total{instance="%s:9100"}`, resource, address)
		},
	},
	{
		name: "temperature", short: "No new pods on nodes that are hot",
		threshold: "85", clear: less(10), lasts: time.Minute,
		query: "max by (instance) (node_hwmon_temp_celsius)",
		series: func(_, _, address string) string {
			return fmt.Sprintf(`node_hwmon_temp_celsius{instance="%s:9100", sensor="temp1"}`, address)
		},
	},
	{
		name: "power", short: "Nodes that draw little power first; a cap with --threshold, in watts",
		clear: share(0.9), prefers: true,
		query: `sum by (node_name) (avg_over_time(kepler_node_cpu_watts{zone="package"}[5m]))`,
		series: func(_, node, _ string) string {
			return fmt.Sprintf(`kepler_node_cpu_watts{zone="package", node_name="%s"}`, node)
		},
	},
	{
		name: "cost", short: "Cheap nodes first; a cap with --threshold, an hour",
		clear: share(0.9), prefers: true,
		query: "avg by (node) (node_total_hourly_cost)", series: hourlyCost,
	},
	{
		name: "spot", short: "No new pods on spot nodes whose price has climbed, as long as there are others",
		threshold: "0.5", clear: share(0.9), lasts: 10 * time.Minute, giveWay: true,
		query: "avg by (node) (node_total_hourly_cost)", nodes: map[string]string{"karpenter.sh/capacity-type": "spot"}, series: hourlyCost,
	},
}

func hourlyCost(_, node, _ string) string {
	return fmt.Sprintf(`node_total_hourly_cost{node="%s"}`, node)
}
