package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
)

// Options of a Store. Every field is required but where a default is named.
type Options struct {
	// Client should have rate limits of its own: sharing the scheduler's slows
	// binding.
	Client kubernetes.Interface
	// Namespace is the scheduler's own.
	Namespace string
	// Name is the prefix of the ConfigMaps and tells releases apart.
	Name string
	// Sections in the order of their importance; the total bound cuts the last.
	Sections []string
	// MaxBytes bounds all compressed data together; 8 MiB by default.
	MaxBytes int
	// Interval is the least time between two rounds of writing; 3 s by default.
	Interval time.Duration
	// Recheck is the time after which what stands is compared with what was
	// written, because somebody else may have deleted or altered it; 1 min by default.
	Recheck time.Duration
	// Open is what stands readable for people and clients in the ConfigMap of the epoch,
	// as it is now; nil for nothing. What differs from it there is written again within
	// Recheck.
	Open func() map[string]string
	// Recorder takes what people must know: damage and the bound.
	Recorder events.EventRecorder
}

// Store holds what must survive, and writes it while this replica leads.
// Put may be called from any goroutine; Run owns everything else.
type Store struct {
	opts  Options
	dirty chan struct{}

	mu      sync.Mutex
	pending map[string][]Entry // sections that were put and not yet written
	// awaited has, by section, who waits for what was put before to be written.
	awaited map[string][]chan<- struct{}

	fence   fence
	written map[place]receipt
	current map[string]layout // sections as they were last written
	harmed  map[string]bool   // sections that somebody else deleted or altered in part
	looked  time.Time         // when what stands was last known to be what was written
	damage  map[string]string // by ConfigMap, what the last Load could not read
	doubt   bool              // the anchor was missing or altered at the last look
}

// fence is what every write of this leader carries.
type fence struct{ epoch, revision int64 }

// receipt is what is known of a stored shard.
type receipt struct {
	resourceVersion string
	revision        int64
	// digest is empty where the stored data is not ours, or unknown.
	digest string
}

// ErrFenced means that another replica has taken over the writing.
var ErrFenced = errors.New("another replica writes the state")

// New returns a store that has read nothing yet.
func New(opts Options) *Store {
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 8 << 20
	}
	if opts.Interval == 0 {
		opts.Interval = 3 * time.Second
	}
	if opts.Recheck == 0 {
		opts.Recheck = time.Minute
	}
	if opts.Open == nil {
		opts.Open = func() map[string]string { return nil }
	}
	return &Store{
		opts: opts, dirty: make(chan struct{}, 1),
		pending: map[string][]Entry{}, awaited: map[string][]chan<- struct{}{}, current: map[string]layout{}, harmed: map[string]bool{},
	}
}

func (s *Store) maps() corev1client.ConfigMapInterface {
	return s.opts.Client.CoreV1().ConfigMaps(s.opts.Namespace)
}

// Put replaces a section by entries in the order of their importance, and keeps
// the slice. It returns at once; Run does the writing. An unknown section is a
// mistake of the program and panics.
func (s *Store) Put(section string, entries []Entry) {
	if !slices.Contains(s.opts.Sections, section) {
		panic("state: unknown section " + section)
	}
	s.mu.Lock()
	s.pending[section] = entries
	s.mu.Unlock()
	s.wake()
}

// Sync returns nil once the API server has taken what was put of a section before. The
// error is that of ctx: what was put may be written later, or never.
func (s *Store) Sync(ctx context.Context, section string) error {
	done := make(chan struct{})
	s.mu.Lock()
	s.awaited[section] = append(s.awaited[section], done)
	s.mu.Unlock()
	s.wake()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for section %s of the state to be written: %w", section, ctx.Err())
	}
}

func (s *Store) wake() {
	select {
	case s.dirty <- struct{}{}:
	default:
	}
}

// Run writes what is put until ctx ends or another replica takes over; it is
// called once, and by the leader alone. What the server refuses is tried again after the
// interval. A last round follows the end of ctx, because a leader that stops in
// order still has the newest state; the fence makes it harmless if it is late.
func (s *Store) Run(ctx context.Context) error {
	for {
		if err := s.round(ctx, time.Now()); errors.Is(err, ErrFenced) {
			return err
		}
		if !s.wait(ctx) {
			return s.farewell(ctx)
		}
	}
}

// wait returns when there is something to do, and reports whether ctx is alive.
func (s *Store) wait(ctx context.Context) bool {
	if !pause(ctx, s.opts.Interval) {
		return false
	}
	due := time.NewTimer(time.Until(s.looked.Add(s.opts.Recheck)))
	defer due.Stop()
	select {
	case <-ctx.Done():
	case <-s.dirty:
	case <-due.C:
	}
	return ctx.Err() == nil
}

// round takes over where that is still to be done, or looks at what stands, and
// writes once. A look that fails does not hold up the writing.
func (s *Store) round(ctx context.Context, now time.Time) (err error) {
	if s.written == nil {
		err = s.takeOver(ctx, now)
	} else {
		err = s.look(ctx, now)
	}
	if s.written != nil && !errors.Is(err, ErrFenced) {
		err = errors.Join(err, s.flush(ctx))
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrFenced) {
		return err
	}
	writeErrors.Inc()
	klog.FromContext(ctx).Error(err, "Writing the state failed; it is tried again", "interval", s.opts.Interval)
	s.wake()
	return err
}

func (s *Store) farewell(ctx context.Context) error {
	if s.written == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := s.flush(last); err != nil && !errors.Is(err, ErrFenced) {
		return fmt.Errorf("writing the last state: %w", err)
	}
	return nil
}

// pause waits and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
