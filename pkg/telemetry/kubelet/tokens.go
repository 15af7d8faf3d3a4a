package kubelet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/client-go/transport"
)

// tokenPatience is how long a reading waits for a token where an older one is at
// hand.
const tokenPatience = time.Second

// tokens asks a source for tokens, and waits for it only within reason: the source
// asks the API server, which may hang. The zero value yields no token.
type tokens struct {
	source transport.ResettableTokenSource

	mu sync.Mutex
	// last is the newest token that the source gave, and err why it gave no newer one.
	last string
	err  error
	// asking is closed when the call that is under way has ended; nil where there is
	// none.
	asking chan struct{}
	// rejected is when a kubelet was visited that did not accept its token.
	rejected time.Time
}

// get returns the token of the moment. It fails only where there never was one.
func (t *tokens) get(ctx context.Context) (string, error) {
	if t.source == nil {
		return "", nil
	}
	t.wait(ctx, t.ask())
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.last != "":
		return t.last, nil
	case t.err != nil:
		return "", t.err
	}
	return "", errors.New("the API server has not yet answered the request for a token for kubelets")
}

// ask calls the source, unless a call is under way.
func (t *tokens) ask() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asking == nil {
		t.asking = make(chan struct{})
		go t.call(t.asking, t.rejected)
		t.rejected = time.Time{}
	}
	return t.asking
}

func (t *tokens) call(done chan struct{}, rejected time.Time) {
	token, err := t.fetch(rejected)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err = err; err == nil {
		t.last = token
	}
	t.asking = nil
	close(done)
}

// fetch calls the source, which may panic; that must not end the process.
func (t *tokens) fetch(rejected time.Time) (token string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("asking for a token for kubelets panicked: %v", p)
		}
	}()
	if !rejected.IsZero() {
		t.source.ResetTokenOlderThan(rejected)
	}
	got, err := t.source.Token()
	switch {
	case err != nil:
		return "", fmt.Errorf("there is no token for kubelets: %w", err)
	case got == nil || got.AccessToken == "":
		return "", errors.New("the token for kubelets is empty")
	}
	return got.AccessToken, nil
}

// wait returns when asked is closed, or when waiting makes no more sense.
func (t *tokens) wait(ctx context.Context, asked <-chan struct{}) {
	t.mu.Lock()
	patient := t.last != ""
	t.mu.Unlock()
	if patient {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, tokenPatience)
		defer cancel()
	}
	select {
	case <-asked:
	case <-ctx.Done():
	}
}

// reject remembers that a kubelet did not accept the token of a visit that began
// at a time, and returns why there is no newer token, if anybody knows.
func (t *tokens) reject(began time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.source != nil && began.After(t.rejected) {
		t.rejected = began
	}
	return t.err
}
