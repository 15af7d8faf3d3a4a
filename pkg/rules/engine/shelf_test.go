package engine

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// counting is a shelf of numbers that says how often each was made.
func counting() (*shelf[int, string], map[int]int) {
	counts := map[int]int{}
	return &shelf[int, string]{
		same: func(a, b int) bool { return a == b },
		make: func(k int) string { counts[k]++; return fmt.Sprint(k) },
	}, counts
}

func TestShelf(t *testing.T) {
	const mine = -1
	for sentence, tc := range map[string]struct {
		others, each int // how many other keys are asked for, after how many of them mine is
		want         int // how often mine is made
	}{
		"what is asked for again is kept, whoever asks for what else": {10 * mostKept, 5, 1},
		"it is kept while less than what is kept comes between":       {10 * mostKept, mostKept - 1, 1},
		"it is made anew where more comes between":                    {2 * mostKept, mostKept, 3},
	} {
		t.Run(sentence, func(t *testing.T) {
			s, counts := counting()
			s.get(mine)
			for i := range tc.others {
				if got := s.get(i); got != fmt.Sprint(i) {
					t.Fatalf("%d is %q", i, got)
				}
				if (i+1)%tc.each == 0 {
					s.get(mine)
				}
			}
			if counts[mine] != tc.want {
				t.Errorf("it was made %d times, want %d", counts[mine], tc.want)
			}
			if len(s.list) > mostKept {
				t.Errorf("%d are kept", len(s.list))
			}
		})
	}
}

func TestWhatWasUsedLastIsPreparedForTheNextBoard(t *testing.T) {
	former, _ := counting()
	for i := range 2 * mostKept {
		former.get(i)
	}
	former.get(100)
	next, counts := counting()
	next.prepare(former)
	last := 2*mostKept - 1
	if diff := cmp.Diff([]int{100, last, last - 1}, former.wanted()[:3]); diff != "" {
		t.Errorf("wanted (-want +got):\n%s", diff)
	}
	if len(counts) != mostAhead || counts[100] != 1 || next.list[0].key != 100 {
		t.Errorf("prepared are %v, first of all %d", counts, next.list[0].key)
	}
	if got := next.wanted(); len(got) > 0 {
		t.Errorf("what nobody asked for yet counts as wanted: %v", got)
	}
}

func TestManyAskAShelfAtOnce(t *testing.T) {
	s := &shelf[int, string]{same: func(a, b int) bool { return a == b }, make: func(k int) string { return fmt.Sprint(k) }}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 3 * mostKept {
				if got := s.get(i % 100); got != fmt.Sprint(i%100) {
					t.Errorf("%d is %q", i%100, got)
				}
			}
		})
	}
	all.Wait()
}
