package state

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	clienttesting "k8s.io/client-go/testing"

	"k8s.io/apimachinery/pkg/runtime"
)

func TestSyncReturnsOnceTheServerHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		settle()
		a.Put("texts", one("k", "1"))
		if err := a.Sync(t.Context(), "texts"); err != nil {
			t.Fatal(err)
		}
		wantContent(t, s, Content{"texts": {"k": json.RawMessage("1")}})
		began := time.Now()
		if err := a.Sync(t.Context(), "texts"); err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("what stands there already took %s: %v", time.Since(began), err)
		}
		a.end()
	})
}

func TestSyncDoesNotReturnBeforeThat(t *testing.T) {
	for sentence, stop := range map[string]func(*testing.T, *server, *leader){
		"while the server refuses": func(_ *testing.T, s *server, _ *leader) {
			s.PrependReactor("*", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, errors.New("down") })
		},
		"where another replica has taken over": func(t *testing.T, s *server, _ *leader) { newLeader(t, s).lead(t) },
		"before anybody writes":                func(_ *testing.T, _ *server, a *leader) { a.end() },
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				a := newLeader(t, s).lead(t)
				settle()
				stop(t, s, a)
				a.Put("texts", one("k", "1"))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if err := a.Sync(ctx, "texts"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("it returned %v", err)
				}
			})
		})
	}
}

func TestSyncWaitsForItsOwnSectionAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		settle()
		s.PrependReactor("create", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
			cm := action.(clienttesting.CreateAction).GetObject().(interface{ GetName() string })
			return cm.GetName() == "state-texts-0", nil, errors.New("refused")
		})
		a.Put("texts", one("k", "1"))
		a.Put("phases", one("k", "1"))
		if err := a.Sync(t.Context(), "phases"); err != nil {
			t.Error(err)
		}
		a.end()
	})
}
