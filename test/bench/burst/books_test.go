package main

import (
	"testing"
	"time"
)

const percent = nodeSize / 100

func TestTheBooks(t *testing.T) {
	s := time.Second
	for sentence, c := range map[string]struct {
		base []int64
		pods []booking
		want outcome
	}{
		"nobody is above the line": {
			[]int64{50 * percent, 80 * percent},
			[]booking{{3 * percent, 0, 2 * s, 0}, {4 * percent, s, 5 * s, 0}},
			outcome{allBound: 5 * s, mostPods: 2, mostUse: 80 * percent, longest: 4 * s, longestWithRoom: 4 * s},
		},
		"a node is above the line from the pod that brings it there to the end": {
			[]int64{88 * percent, 30 * percent},
			[]booking{{2 * percent, 0, 10 * s, 0}, {2 * percent, 0, 30 * s, 0}},
			outcome{minutes: 0.5, above: 1, allBound: 30 * s, mostPods: 2, mostUse: 92 * percent, longest: 30 * s, longestWithRoom: 30 * s},
		},
		"exactly the line is not above it": {
			[]int64{line - 2*percent},
			[]booking{{2 * percent, 0, s, 0}},
			outcome{allBound: s, mostPods: 1, mostUse: line, longest: s, longestWithRoom: s},
		},
		"a pod waits with room only until others have taken it": {
			[]int64{line - 5*percent},
			[]booking{{4 * percent, 0, never, -1}, {3 * percent, 0, 7 * s, 0}},
			outcome{allBound: never, waiting: 1, mostPods: 1, mostUse: line - 2*percent, longest: time.Minute, longestWithRoom: 7 * s},
		},
		"a pod for which no node ever had room did not wait with room": {
			[]int64{line - percent},
			[]booking{{4 * percent, s, never, -1}},
			outcome{allBound: never, waiting: 1, mostUse: line - percent, longest: 59 * s},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := judge(c.base, c.pods, time.Minute); got != c.want {
				t.Errorf("the books say\n%+v, not\n%+v", got, c.want)
			}
		})
	}
}

func TestLoadsCanFit(t *testing.T) {
	for name, s := range scenarios {
		l, room := s.load(1), int64(0)
		for _, used := range l.base {
			room += line - used
		}
		for _, use := range l.pods {
			room -= use
		}
		// What is left over on a node may be as small as the smallest pod.
		if room < nodeCount*2*percent {
			t.Errorf("the pods of %s leave %d GiB only", name, room>>30)
		}
	}
}
