package main

import (
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
)

const (
	// line is above what a node is hot, in percent of its memory; clear is where the rule
	// ends.
	line, clear = 90, 85
	nodeSize    = int64(64) << 30
	// teams are the namespaces of the apps.
	teams = 8
	// minPodAge is how old a pod has to be, for each contender: turns are short.
	minPodAge = time.Minute
)

// cluster is 20 nodes of which 240 pods use about three quarters, and by the
// minute fewer or more.
var cluster = drift.Spec{
	Nodes: 20, Apps: 48, Replicas: 5, Least: 3, Most: 8.5, Step: 15 * time.Second, Sigma: 0.08, Lowest: 0.5, Highest: 1.8,
	Length: time.Hour, Emptiest: 58, Fullest: 78, Other: 5,
}

func loadOf(seed uint64) *drift.Load { return drift.Draw(cluster, seed) }

// bytesOf is an amount in percent of a node.
func bytesOf(percent float64) string { return fmt.Sprint(int64(percent / 100 * float64(nodeSize))) }

// request is what each pod asks for: what it uses on the average, which nobody knows of a
// single one.
func request() string { return bytesOf((cluster.Least + cluster.Most) / 2) }

func appName(app int) string { return fmt.Sprintf("app-%02d", app) }

func teamOf(app int) string { return fmt.Sprintf("team-%d", app%teams) }
