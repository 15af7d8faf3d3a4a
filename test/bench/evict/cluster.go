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

// loads are of 20 nodes of which 240 pods use about three quarters, and by the minute fewer or
// more.
var loads = map[string]drift.Spec{
	// Each pod is as good as the next.
	"even": shaped(drift.Spec{Least: 3, Most: 8.5, Emptiest: 58, Fullest: 78}),
	// Few apps use most of it: a third of them seven tenths.
	"skewed": shaped(drift.Spec{Skew: 1.2, Mean: 5.75, Most: 25, Emptiest: 58, Fullest: 78}),
}

func shaped(s drift.Spec) drift.Spec {
	s.Nodes, s.Apps, s.Replicas, s.Other, s.Length = 20, 48, 5, 5, time.Hour
	s.Step, s.Sigma, s.Lowest, s.Highest = 15*time.Second, 0.08, 0.5, 1.8
	return s
}

// bytesOf is an amount in percent of a node.
func bytesOf(percent float64) string { return fmt.Sprint(int64(percent / 100 * float64(nodeSize))) }

// request is what each pod of an app asks for: what they use on the average at first.
func (s *stage) request(app int) string {
	sum := 0.0
	for slot := app * s.Replicas; slot < (app+1)*s.Replicas; slot++ {
		sum += s.Uses(slot, 0)
	}
	return bytesOf(sum / float64(s.Replicas))
}

func appName(app int) string { return fmt.Sprintf("app-%02d", app) }

func teamOf(app int) string { return fmt.Sprintf("team-%d", app%teams) }
