package state

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// storing is a leader that has stored one text, and phases.
func storing(t *testing.T, s *server, phases []Entry) *leader {
	t.Helper()
	a := newLeader(t, s).lead(t)
	a.Put("texts", one("k", "1"))
	a.Put("phases", phases)
	settle()
	return a
}

func TestWhatAnotherHandDoesIsUndoneWithinABoundedTimeAndSaid(t *testing.T) {
	for sentence, harm := range harms {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				a := storing(t, s, one("r", "1"))
				want := s.standing(t)
				harm.do(t, s)
				time.Sleep(time.Minute + settleFor)
				synctest.Wait()
				if diff := cmp.Diff(want, s.standing(t)); diff != "" {
					t.Errorf("what stands (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{wasHarmed + harm.said}, a.takeEvents()); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
				s.wantPeace(t, a)
				a.end()
			})
		})
	}
}

// wantPeace fails if a leader that nobody disturbs writes or says anything, or
// reads more than once a minute.
func (s *server) wantPeace(t *testing.T, l *leader) {
	t.Helper()
	s.takeWrites()
	before := s.countLists()
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	if writes, said := s.takeWrites(), l.takeEvents(); writes != nil || said != nil {
		t.Errorf("undisturbed, %v were written and %v said", writes, said)
	}
	if lists := s.countLists() - before; lists > 10 {
		t.Errorf("%d lists in 10 min", lists)
	}
}

func TestNothingIsWrittenOrSaidWithoutInterference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, one("r", "1"))
		s.wantPeace(t, a)
		a.end()
		b := newLeader(t, s).lead(t)
		s.wantPeace(t, b)
		b.end()
	})
}

func TestAChangeThatConcernsNoneOfOurDataIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, one("r", "1"))
		for _, name := range []string{"state", "state-texts-0"} {
			s.edit(t, name, func(cm *corev1.ConfigMap) { cm.Labels["team"] = "x" })
		}
		s.wantPeace(t, a)
		a.Put("texts", one("k", "2"))
		settle()
		if said := a.takeEvents(); said != nil {
			t.Errorf("events: %v", said)
		}
		a.end()
	})
}

func TestWhatIsMetInWritingIsSaidAndTheOthersAreLookedAtSoon(t *testing.T) {
	for sentence, harm := range harms {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				a := storing(t, s, one("r", "1"))
				want := s.standing(t)
				harm.do(t, s)
				a.Put("texts", one("k", "2"))
				time.Sleep(time.Minute + settleFor)
				synctest.Wait()
				want["state-texts-0"] = s.standing(t)["state-texts-0"]
				if diff := cmp.Diff(want, s.standing(t)); diff != "" {
					t.Errorf("what stands (-want +got):\n%s", diff)
				}
				if content, _ := load(t, s); string(content["texts"]["k"]) != "2" {
					t.Errorf("texts: %s", content["texts"])
				}
				// An anchor that lost no more than its label covers a write.
				if said := a.takeEvents(); len(said) == 0 || len(said) > 2 {
					t.Errorf("events: %v", said)
				}
				a.end()
			})
		})
	}
}

func TestOfManyShardsOnlyTheLostOnesAreWrittenAndAFewAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, noise(200, 4<<10))
		want := s.standing(t)
		s.takeWrites()
		s.remove(t, "state-phases-1")
		time.Sleep(time.Minute + settleFor)
		if diff := cmp.Diff([]string{"state-phases-1"}, s.takeWrites()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
		s.remove(t)
		time.Sleep(time.Minute + settleFor)
		if diff := cmp.Diff(want, s.standing(t)); diff != "" {
			t.Errorf("what stands (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{
			wasHarmed + "state-phases-1 (missing)",
			wasHarmed + "state (missing), state-phases-0 (missing), state-phases-1 (missing) and 1 more",
		}, a.takeEvents()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		a.end()
	})
}

func TestAWriteThatMeetsADeletionIsFollowedByTheRestAtOnce(t *testing.T) {
	for sentence, names := range map[string][]string{
		"everything is deleted": nil,
		"the anchor stands":     {"state-texts-0", "state-phases-0"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				a := storing(t, s, one("r", "1"))
				s.remove(t, names...)
				a.Put("texts", one("k", "2"))
				settle()
				if got := len(s.standing(t)); got != 3 {
					t.Errorf("%d ConfigMaps, want 3", got)
				}
				a.end()
			})
		})
	}
}

func TestAnAnswerThatWasLostIsNotTakenForAnotherHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, one("r", "1"))
		s.loseAnswers(errors.New("connection reset"))
		a.Put("texts", one("k", "2"))
		settle()
		s.loseAnswers(nil)
		settle()
		wantTexts(t, s, "2")
		s.wantPeace(t, a)
		a.end()
	})
}

func TestHarmThatCannotBeMendedYetIsMendedLaterAndSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, one("r", "1"))
		s.remove(t, "state-texts-0")
		s.setRefusal(errors.New("no"))
		time.Sleep(5 * time.Minute)
		s.setRefusal(nil)
		settle()
		wantTexts(t, s, "1")
		if diff := cmp.Diff([]string{wasHarmed + "state-texts-0 (missing)"}, a.takeEvents()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		a.end()
	})
}

func TestALookThatFailsDoesNotHoldUpTheWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := storing(t, s, one("r", "1"))
		s.takeWrites()
		s.setListRefusal(errors.New("no"))
		time.Sleep(2 * time.Minute)
		a.Put("texts", one("k", "2"))
		settle()
		if diff := cmp.Diff([]string{"state-texts-0"}, s.takeWrites()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
		a.end()
	})
}

func wantTexts(t *testing.T, s *server, want string) {
	t.Helper()
	if content, _ := load(t, s); string(content["texts"]["k"]) != want {
		t.Errorf("texts %s, want %s", content["texts"], want)
	}
}
