package ask

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// stuck is a way to a pod on which nobody answers until it is closed.
type stuck chan struct{}

// Dial implements httpstream.Dialer.
func (s stuck) Dial(...string) (httpstream.Connection, string, error) {
	<-s
	return nil, "", errors.New("it was closed")
}

func TestAPortForwardThatHangsEnds(t *testing.T) {
	for sentence, tc := range map[string]struct {
		interrupted bool
		after       time.Duration
		want        error
	}{
		"when whoever asks goes":     {true, time.Second, context.Canceled},
		"when patience is at an end": {false, patience, context.DeadlineExceeded},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dialer, begun := make(stuck), time.Now()
				defer close(dialer)
				ctx, interrupt := context.WithCancel(t.Context())
				if tc.interrupted {
					time.AfterFunc(tc.after, interrupt)
				}
				limited, cancel := bounded(ctx, &rest.Config{})
				defer cancel()
				_, err := forward(ctx, limited, dialer, "ns/pod", 1)
				interrupt()
				if took := time.Since(begun); !errors.Is(err, tc.want) || took != tc.after {
					t.Errorf("after %v it ends with %v", took, err)
				}
			})
		})
	}
}

// hanging answers when whoever asks has gone.
var hanging = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

func TestAQuestionThatHangsEnds(t *testing.T) {
	for sentence, tc := range map[string]struct {
		timeout, interrupted, after time.Duration
		silent                      bool
	}{
		"as if nobody answered":                 {after: patience, silent: true},
		"earlier with --request-timeout":        {timeout: 3 * time.Second, after: 3 * time.Second, silent: true},
		"later with --request-timeout":          {timeout: time.Minute, after: time.Minute, silent: true},
		"with no other try when the asker goes": {interrupted: time.Second, after: time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := Inside(hanging)
				if err != nil {
					t.Fatal(err)
				}
				s.config = &rest.Config{Timeout: tc.timeout}
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				if tc.interrupted > 0 {
					time.AfterFunc(tc.interrupted, interrupt)
				}
				begun := time.Now()
				err = s.Get(ctx, "/rules", nil, new(v1alpha1.RuleList))
				if took := time.Since(begun); err == nil || took != tc.after || Silent(err) != tc.silent {
					t.Errorf("after %v it ends with %v (silent: %t)", took, err, Silent(err))
				}
			})
		})
	}
}

func TestALeaderThatCannotBeFoundInTimeIsSilent(t *testing.T) {
	w, _ := world(t, nothing)
	ended := make(chan struct{})
	w.API.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	})
	defer close(ended)
	_, err := question(t, flags(), w, func(c *rest.Config) { c.Timeout = time.Millisecond })
	wantSilent(t, err, "the lease telemetry-scheduler/telemetry-scheduler cannot be used")
}
