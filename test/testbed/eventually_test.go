package testbed

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventually(t *testing.T) {
	for name, tc := range map[string]struct {
		after       time.Duration // when the answer is there
		late        time.Duration // how much later it may be seen
		atMost      int           // looks
		unavailable bool
	}{
		"what is there is seen at once":              {0, 0, 1, false},
		"what comes soon is seen soon":               {300 * time.Millisecond, 50 * time.Millisecond, 7, false},
		"what takes long is seen half a second late": {time.Minute, 500 * time.Millisecond, 160, false},
		"what never comes costs few looks":           {time.Hour, 0, 220, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, looks := time.Now(), 0
				err := Within(t.Context(), 90*time.Second, func(context.Context) error {
					if looks++; time.Since(began) < tc.after {
						return errors.New("it is not there")
					}
					return nil
				})
				if tc.unavailable {
					if err == nil || !strings.Contains(err.Error(), "it is not there") {
						t.Errorf("the error should be the last answer, and is %v", err)
					}
				} else if late := time.Since(began) - tc.after; err != nil || late > tc.late {
					t.Errorf("it was seen %v late, %v", late, err)
				}
				if looks > tc.atMost {
					t.Errorf("it looked %d times", looks)
				}
			})
		})
	}
}
