package marks

import (
	"context"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// pace is the time between two rounds. A round that changes nothing asks nobody.
const pace = time.Second

// retry is after how long a node is written again that could not be: what refuses one write
// refuses the next.
const retry = 30 * time.Second

// Options say what a Marker is made of.
type Options struct {
	Owner  Owner
	Limits Limits
	// Stale is after how long without a word of the scheduler's leader all marks are taken away.
	Stale time.Duration
	// Remove takes all marks away, whatever rules want.
	Remove bool
	// Rate bounds how many nodes are written.
	Rate flowcontrol.RateLimiter
	// Nodes is the cache of the cluster's nodes, and State that of the ConfigMaps of the
	// scheduler's state, which has the name StateName.
	Nodes     corelisters.NodeLister
	State     corelisters.ConfigMapNamespaceLister
	StateName string
	// Client writes nodes.
	Client   corev1client.NodeInterface
	Recorder events.EventRecorder
}

// Marker is the loop.
type Marker struct {
	opts  Options
	sight Sight
	// read are the ConfigMaps of the newest look, and said is what they say; nodes are those of
	// that look.
	read  map[*corev1.ConfigMap]bool
	said  reading
	nodes seen
	set   map[Place]time.Time
	// written has, by UID, what nodes became by the newest write.
	written map[string]written
	// failed has, by UID, when a node could not be written that was not written since.
	failed map[string]time.Time
	told   map[news]bool
}

// New returns a Marker that has seen nothing; its caches are filled.
func New(now time.Time, opts Options) *Marker {
	return &Marker{opts: opts, sight: Begin(now), set: map[Place]time.Time{}, written: map[string]written{}, failed: map[string]time.Time{}, told: map[news]bool{}}
}

// Run marks nodes until ctx ends.
func (m *Marker) Run(ctx context.Context) {
	next := time.NewTicker(pace)
	defer next.Stop()
	for {
		if err := m.round(ctx, time.Now()); err != nil {
			klog.FromContext(ctx).Error(err, "The caches cannot be read")
		}
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
	}
}

// round looks once and writes what it may.
func (m *Marker) round(ctx context.Context, now time.Time) error {
	nodes, err := m.look(now)
	if err != nil {
		return err
	}
	wanted, known := m.sight.Wanted(now, m.opts.Stale)
	if m.opts.Remove {
		wanted, known = nil, true
	}
	m.forget(now, nodes)
	m.measure(now, nodes)
	if !known {
		return nil
	}
	changes, held := Plan(Input{Now: now, Owner: m.opts.Owner, Limits: m.opts.Limits, Nodes: nodes, Wanted: wanted, Set: m.set})
	m.tellHeld(held)
	left := m.carryOut(ctx, now, changes)
	measureHeld(held, left)
	return nil
}

// look reads the caches. What they hold is taken apart only where it is new: most rounds bring
// nothing.
func (m *Marker) look(now time.Time) (nodes []*Node, err error) {
	stored, err := m.opts.State.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	m.listen(stored)
	m.sight.See(now, m.said.marks, m.said.complete)
	list, err := m.opts.Nodes.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	nodes, m.nodes = m.opts.Owner.seeAll(list, m.nodes)
	m.recall(nodes)
	return nodes, nil
}

// reading is what the state says.
type reading struct {
	marks    evaluator.Marks
	complete bool
}

func (m *Marker) listen(stored []*corev1.ConfigMap) {
	read := make(map[*corev1.ConfigMap]bool, len(stored))
	for _, cm := range stored {
		read[cm] = true
	}
	if m.read != nil && maps.Equal(read, m.read) {
		return
	}
	section, problems := state.Section(m.opts.StateName, evaluator.SectionMarks, stored)
	said, complete := evaluator.MarksOf(section)
	m.read, m.said = read, reading{said, complete && len(problems) == 0}
}

// carryOut writes changes until the rate is used up, or the next round is due, and returns how
// many are left: what is slow to write is not to be written by what was read long ago. Nodes that
// could not be written come last, so that they hold up no others.
func (m *Marker) carryOut(ctx context.Context, now time.Time, changes []Change) (left int) {
	begun := time.Now()
	slices.SortStableFunc(changes, func(a, b Change) int { return m.failed[a.Node.UID].Compare(m.failed[b.Node.UID]) })
	for i := range changes {
		c := &changes[i]
		if !m.may(now, c.Node) {
			continue
		}
		if ctx.Err() != nil || time.Since(begun) >= pace || !m.opts.Rate.TryAccept() {
			return len(changes) - i
		}
		m.write(ctx, now, c)
	}
	return 0
}

func (m *Marker) write(ctx context.Context, now time.Time, c *Change) {
	node, done, err := m.opts.Owner.write(ctx, m.opts.Client, c)
	if node != nil {
		m.note(now, c, node, done)
		m.tell(ctx, c.Node, done)
	}
	switch {
	case err == nil:
		delete(m.failed, c.Node.UID)
	case hasChanged(err):
		m.failed[c.Node.UID] = now.Add(-retry) // at once, and after all others
		klog.FromContext(ctx).V(4).Info("A node has changed meanwhile; it is looked at again", "node", c.Node.Name, "err", err)
	case ctx.Err() == nil:
		m.failed[c.Node.UID] = now
		m.tellFailed(ctx, c, err)
	}
}

// hasChanged reports whether a write failed because the node is no longer what was looked at.
// A label that has another owner besides us will have it the next time, too.
func hasChanged(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsConflict(err) && !apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict)
}
