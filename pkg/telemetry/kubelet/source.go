package kubelet

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var _ telemetry.Source = (*Source)(nil)

// Source reads the kubelets of all nodes.
//
// A reading visits every kubelet, in a random order so that replicas do not ask in
// step; those that failed last time come after all others. It waits for a short
// time for those that lag behind. Their visits go on, and what they bring belongs
// to the next reading, with its own time: a kubelet that hangs holds up only
// itself.
type Source struct {
	visitor visitor
	tokens  tokens
	// Both hold an element for each visit under way. Those who failed last time have
	// slots of their own: however many hang, the sound are visited.
	slots, otherSlots chan struct{}

	mu       sync.Mutex
	kubelets map[string]*kubelet // by name of the node
	// podsAsked is when the use of pods was last asked for.
	podsAsked time.Time
}

// kubelet is what is known of one of them. Source.mu guards it.
type kubelet struct {
	node telemetry.Node
	cpu  meter
	// pods are those of the newest visit, if they were wanted.
	pods map[telemetry.PodKey]*podMeter
	// fresh is what came and is in no reading yet.
	fresh *news
	// missed says why the newest visit brought nothing; empty where it did, and
	// where there was none.
	missed string
	// visited is when the newest visit began; under way says that it has not ended.
	visited  time.Time
	underWay bool
}

// news is what one visit brought: samples, or problems, by metric.
type news struct {
	samples  map[string]telemetry.Sample
	problems map[string]string
}

// New returns a Source that has read nothing. An error is one of the TLS options.
func New(o Options) (*Source, error) {
	o = o.withDefaults()
	client, err := newClient(o.TLS)
	if err != nil {
		return nil, err
	}
	return &Source{
		visitor:    visitor{client: client, opts: o},
		tokens:     tokens{source: o.Tokens},
		slots:      make(chan struct{}, o.Concurrency),
		otherSlots: make(chan struct{}, o.Concurrency),
		kubelets:   map[string]*kubelet{},
	}, nil
}

// Collect implements telemetry.Source. CPU use is known from the second reading
// on. It fails where no kubelet at all brought anything.
func (s *Source) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	token, err := s.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	sound, others := s.plan(want.Nodes)
	s.visitAll(ctx, sound, others, token)
	return s.reading(want.Nodes)
}

// plan returns whom to visit: those that answered the last time or were never
// asked, and the others, of which the one that waited longest comes first.
func (s *Source) plan(nodes []telemetry.Node) (sound, others []*kubelet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.adopt(nodes)
	for _, k := range s.kubelets {
		switch {
		case k.underWay:
		case k.missed == "":
			sound = append(sound, k)
		default:
			others = append(others, k)
		}
	}
	rand.Shuffle(len(sound), func(i, j int) { sound[i], sound[j] = sound[j], sound[i] })
	slices.SortFunc(others, func(a, b *kubelet) int { return a.visited.Compare(b.visited) })
	return sound, others
}

// adopt makes the known kubelets those of the given nodes. A node that was made
// anew under the name of another has counters of its own.
func (s *Source) adopt(nodes []telemetry.Node) {
	known := s.kubelets
	s.kubelets = make(map[string]*kubelet, len(nodes))
	for _, n := range nodes {
		k := known[n.Name]
		if k == nil || k.node.UID != n.UID {
			k = &kubelet{}
		}
		k.node = n
		s.kubelets[n.Name] = k
	}
}
