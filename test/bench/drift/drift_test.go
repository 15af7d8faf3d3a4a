package drift

import (
	"reflect"
	"testing"
	"time"
)

// still is a load that does not change: two apps of two slots of 10 % each on three nodes,
// of which the first has three of them and is in use by 65 % otherwise, as all are.
func still() *Load {
	l := Draw(Spec{
		Nodes: 3, Apps: 2, Replicas: 2, Least: 10, Most: 10, Step: 15 * time.Second, Lowest: 1, Highest: 1,
		Length: 10 * time.Minute, Emptiest: 70, Fullest: 70, Other: 65,
	}, 1)
	l.Start = []int{0, 0, 0, 1}
	return l
}

func TestTheBooks(t *testing.T) {
	m := time.Minute
	for sentence, c := range map[string]struct {
		events []Event
		want   Outcome
	}{
		"nobody moves anything": {nil, Outcome{Minutes: 10, Above: 1}},
		"one pod leaves and cools the node": {
			[]Event{{2 * m, 0, Nowhere}, {3 * m, 0, 2}},
			Outcome{Minutes: 2, Above: 1, Evictions: 1, Cooled: 1, Longest: m},
		},
		"a pod too many counts": {
			[]Event{{2 * m, 0, Nowhere}, {2 * m, 1, Nowhere}, {3 * m, 0, 2}, {3 * m, 1, 1}},
			Outcome{Minutes: 2, Above: 1, Evictions: 2, Cooled: 1, Longest: m},
		},
		"what comes back cooled nothing": {
			[]Event{{2 * m, 0, Nowhere}, {3 * m, 0, 0}},
			Outcome{Minutes: 9, Above: 1, Evictions: 1, Back: 1, Longest: m},
		},
		"a node that is hot again after a while was cooled": {
			[]Event{{2 * m, 0, Nowhere}, {5 * m, 0, 0}},
			Outcome{Minutes: 7, Above: 1, Evictions: 1, Back: 1, Cooled: 1, Longest: 3 * m},
		},
		"a pod that is moved twice": {
			[]Event{{m, 0, Nowhere}, {m, 0, 2}, {6 * m, 0, Nowhere}, {6 * m, 0, 1}},
			Outcome{Minutes: 1, Above: 1, Evictions: 2, Twice: 1, Cooled: 1},
		},
		"a pod that pushes its new node over the line": {
			[]Event{{m, 0, Nowhere}, {m, 0, 1}, {2 * m, 1, Nowhere}, {2 * m, 1, 1}},
			Outcome{Minutes: 9, Above: 2, Evictions: 2, Cooled: 1},
		},
		"a pod that waits until the end": {
			[]Event{{4 * m, 2, Nowhere}},
			Outcome{Minutes: 4, Above: 1, Evictions: 1, Cooled: 1, Longest: 6 * m, Pending: 1},
		},
		"what is after the end does not count": {[]Event{{11 * m, 0, Nowhere}}, Outcome{Minutes: 10, Above: 1}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Judge(still(), 90, c.events, 10*m); got != c.want {
				t.Errorf("the books say\n%+v, not\n%+v", got, c.want)
			}
		})
	}
}

func TestALoadIsThatOfItsSeed(t *testing.T) {
	s := Spec{Nodes: 20, Apps: 40, Replicas: 5, Least: 2, Most: 8, Step: 15 * time.Second, Sigma: 0.05, Lowest: 0.5, Highest: 1.7, Length: time.Hour, Calm: 30 * time.Minute, Emptiest: 50, Fullest: 88, Other: 3}
	a, b, c := Draw(s, 1), Draw(s, 1), Draw(s, 2)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a.Start, c.Start) {
		t.Error("the seed does not make the load")
	}
	for slot := range a.Slots() {
		calm := a.Uses(slot, s.Calm)
		if a.Uses(slot, s.Length) != calm || a.Uses(slot, 10*s.Length) != calm {
			t.Errorf("slot %d changes after the load is calm, or after its end", slot)
		}
		if use := a.Uses(slot, 20*time.Minute); use < s.Least*s.Lowest || use > s.Most*s.Highest {
			t.Errorf("slot %d uses %.1f %%", slot, use)
		}
	}
}
