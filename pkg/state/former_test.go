package state

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// stored is a leader that has stored a text and then froze: its rounds are run by
// hand.
func stored(t *testing.T, s *server, text string) *leader {
	t.Helper()
	l := newLeader(t, s)
	l.Put("texts", one("k", text))
	if err := l.round(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	return l
}

// thaw runs rounds, a look in each, of a leader that does not know whether it still
// is one.
func (l *leader) thaw(t *testing.T, rounds int) (err error) {
	t.Helper()
	for range rounds {
		if err = l.round(t.Context(), l.looked.Add(l.opts.Recheck)); errors.Is(err, ErrFenced) {
			return err
		}
	}
	return err
}

func TestAFormerLeaderHearsOfItsSuccessorWithoutAWrite(t *testing.T) {
	s := newServer()
	a := stored(t, s, "1")
	stored(t, s, "2")
	s.takeWrites()
	if err := a.thaw(t, 1); !errors.Is(err, ErrFenced) {
		t.Errorf("the round ended with %v", err)
	}
	if writes := s.takeWrites(); writes != nil {
		t.Errorf("%v were written", writes)
	}
}

func TestAFormerLeaderMakesNothingWhereTheSuccessorHasNothing(t *testing.T) {
	s := newServer()
	a := newLeader(t, s)
	if err := a.round(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := newLeader(t, s).round(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	a.Put("texts", one("k", "1"))
	if err := a.round(t.Context(), time.Now()); !errors.Is(err, ErrFenced) {
		t.Errorf("the round ended with %v", err)
	}
	wantTexts(t, s, "")
}

func TestAFormerLeaderThatFindsEverythingDeletedMakesNothingInItsFirstRound(t *testing.T) {
	for sentence, put := range map[string]bool{"with news": true, "without news": false} {
		t.Run(sentence, func(t *testing.T) {
			s := newServer()
			a := stored(t, s, "1")
			stored(t, s, "2")
			s.remove(t)
			s.takeWrites()
			if put {
				a.Put("texts", one("k", "3"))
			}
			a.thaw(t, 1)
			a.farewell(t.Context())
			if writes := s.takeWrites(); writes != nil {
				t.Errorf("%v were written", writes)
			}
		})
	}
}

func TestAFormerLeaderThatWritesAfterEverythingWasDeletedIsOverruled(t *testing.T) {
	s := newServer()
	a := stored(t, s, "1")
	b := stored(t, s, "2")
	s.remove(t)
	a.thaw(t, 2) // it was not told for the time of two rounds
	wantTexts(t, s, "1")
	if err := b.thaw(t, 2); err != nil {
		t.Fatal(err)
	}
	wantTexts(t, s, "2")
	if err := a.thaw(t, 1); !errors.Is(err, ErrFenced) {
		t.Errorf("the round ended with %v", err)
	}
}

func TestASuccessorIsAboveEveryFormerLeaderThoughEverythingWasDeleted(t *testing.T) {
	for sentence, harm := range map[string]func(*testing.T, *server){
		"everything was deleted": func(t *testing.T, s *server) { s.remove(t) },
		"the anchor was deleted": func(t *testing.T, s *server) { s.remove(t, "state") },
		"the anchor lost its epoch": func(t *testing.T, s *server) {
			s.edit(t, "state", func(cm *corev1.ConfigMap) { cm.Annotations = nil })
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newServer()
			var a *leader
			for i := range 5 {
				a = stored(t, s, strconv.Itoa(i))
			}
			harm(t, s)
			stored(t, s, "9")
			a.Put("texts", one("k", "5"))
			if err := a.thaw(t, 3); !errors.Is(err, ErrFenced) {
				t.Errorf("the former leader ended with %v", err)
			}
			wantTexts(t, s, "9")
		})
	}
}

func TestALeaderThatStopsMakesNothingWhereEverythingWasDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, one("r", "1"))
		s.remove(t)
		s.takeWrites()
		a.Put("texts", one("k", "2"))
		if err := a.end(); !errors.Is(err, errUncovered) {
			t.Errorf("it ended with %v", err)
		}
		if writes := s.takeWrites(); writes != nil {
			t.Errorf("%v were written", writes)
		}
	})
}
