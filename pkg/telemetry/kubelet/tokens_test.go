package kubelet

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

// mint makes tokens as a test wants.
type mint struct {
	mu     sync.Mutex
	make   func() (*oauth2.Token, error)
	asked  int
	resets []time.Time
}

func (m *mint) Token() (*oauth2.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return m.make()
}

func (m *mint) ResetTokenOlderThan(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resets = append(m.resets, at)
}

func (m *mint) then(f func() (*oauth2.Token, error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.make = f
}

func gives(token string) func() (*oauth2.Token, error) {
	return func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: token}, nil }
}

func fails() (*oauth2.Token, error) { return nil, errors.New("no such account") }

func sleeps(d time.Duration, token string) func() (*oauth2.Token, error) {
	return func() (*oauth2.Token, error) {
		time.Sleep(d)
		return gives(token)()
	}
}

func TestATokenIsHadWithinReason(t *testing.T) {
	type result struct {
		Token, Err string
		Took       time.Duration
	}
	for sentence, tc := range map[string]struct {
		// first is how the source behaves on a first call, if there is one.
		first, then func() (*oauth2.Token, error)
		want        result
	}{
		"the source gives one":                   {nil, gives("t"), result{Token: "t"}},
		"the newest is taken":                    {gives("old"), gives("new"), result{Token: "new"}},
		"there never was one":                    {nil, fails, result{Err: "there is no token for kubelets: no such account"}},
		"the older one serves on":                {gives("old"), fails, result{Token: "old"}},
		"a first one is waited for":              {nil, sleeps(3*time.Second, "t"), result{Token: "t", Took: 3 * time.Second}},
		"but not beyond the reading":             {nil, sleeps(time.Minute, "t"), result{Err: "the API server has not yet answered the request for a token for kubelets", Took: 10 * time.Second}},
		"with an older one the wait is short":    {gives("old"), sleeps(time.Minute, "new"), result{Token: "old", Took: time.Second}},
		"an empty token is none":                 {nil, gives(""), result{Err: "the token for kubelets is empty"}},
		"no token and no error":                  {nil, func() (*oauth2.Token, error) { return nil, nil }, result{Err: "the token for kubelets is empty"}},
		"a source that panics ends nothing else": {nil, func() (*oauth2.Token, error) { panic("boo") }, result{Err: "asking for a token for kubelets panicked: boo"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mint{}
				source := tokens{source: m}
				if tc.first != nil {
					m.then(tc.first)
					_, _ = source.get(t.Context())
				}
				m.then(tc.then)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				began := time.Now()
				token, err := source.get(ctx)
				got := result{Token: token, Took: time.Since(began)}
				if err != nil {
					got.Err = err.Error()
				}
				if got != tc.want {
					t.Errorf("got %+v, want %+v", got, tc.want)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestASourceThatHangsIsCalledOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{make: gives("old")}
		source := tokens{source: m}
		_, _ = source.get(t.Context())
		m.then(sleeps(time.Minute, "new"))
		for range 5 {
			_, _ = source.get(t.Context())
		}
		time.Sleep(time.Minute)
		m.then(gives("newest"))
		if m.asked != 2 {
			t.Errorf("the source was called %d times, want 2", m.asked)
		}
	})
}

func TestAKubeletThatRejectsATokenMakesUsAskForAnother(t *testing.T) {
	m := &mint{make: gives("stale")}
	accepted := "fresh"
	node, authority := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+accepted {
			says(401, "text/plain", "Unauthorized")(w, r)
			return
		}
		says(200, text, whole)(w, r)
	})
	o := Options{Tokens: m, NodeTimeout: time.Minute, Patience: time.Minute}
	o.TLS.CAData = authority
	source, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	want := named("a")
	want.Nodes[0] = node
	before := time.Now()
	_, err = source.Collect(t.Context(), want)
	if err == nil || !strings.Contains(err.Error(), "does not accept the token (401)") || strings.Contains(err.Error(), "stale") {
		t.Errorf("error: %v", err)
	}
	m.then(fails)
	if _, err = source.Collect(t.Context(), want); err == nil || !strings.HasSuffix(err.Error(), "; there is no token for kubelets: no such account") {
		t.Errorf("error: %v", err)
	}
	m.then(gives("fresh"))
	if _, err = source.Collect(t.Context(), want); err != nil {
		t.Error(err)
	}
	if len(m.resets) != 2 || m.resets[0].Before(before) {
		t.Errorf("the source was told of rejected tokens at %v, want two times after %v", m.resets, before)
	}
}
