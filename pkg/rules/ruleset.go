package rules

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// RuleSet is everything that the keys in force say, ready to be evaluated.
// It is immutable once built. The zero value has no rules and is valid.
type RuleSet struct {
	// Metrics holds every metric that a rule may name, built-in ones included.
	Metrics map[string]Metric
	// Rules are ordered by namespace, then name.
	Rules []Rule
	// Preferences are ordered likewise.
	Preferences []Preference
	// Pause is what the stop button says.
	Pause Pause
}

// Rule is one validated rule.
type Rule struct {
	// Namespace is empty for rules of the whole cluster.
	Namespace   string
	Name        string
	Description string
	Origin      Origin
	When        Condition
	// For is how long the condition must have been observed True before the rule
	// fires; KeepFiringFor how long it goes on firing afterwards.
	For, KeepFiringFor time.Duration
	OnUnknown          OnUnknown
	// KeepLastFor bounds OnUnknown KeepLast, counted from the last known sample.
	KeepLastFor time.Duration
	// Nodes, Pods and Namespaces are never nil; labels.Everything() by default.
	Nodes, Pods, Namespaces labels.Selector
	IncludeDaemonSets       bool
	// MaxPodPriority is nil where every priority is governed that is not
	// system-critical.
	MaxPodPriority *int32
	// Block is nil where the rule does not block, Avoid where it takes no points, and
	// Evict where it moves no pods.
	Block *Block
	Avoid *Avoid
	Evict *Evict
	// Label and Taint are nil where the rule does not mark nodes so.
	Label *Label
	Taint *Taint
	// DryRun rules are judged and counted, and do nothing.
	DryRun bool
	// Paused is set by the annotation on the rule's ConfigMap: the rule is
	// evaluated, and keeps nobody off.
	Paused bool
}

// Key identifies the rule in the whole cluster.
func (r *Rule) Key() Key { return Key{Namespace: r.Namespace, Name: r.Name} }

// Key is a rule's identity: it outlives the ConfigMap that the rule stands in.
type Key struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// String returns name, or namespace/name for a rule of one namespace.
func (k Key) String() string {
	if k.Namespace == "" {
		return k.Name
	}
	return k.Namespace + "/" + k.Name
}

// Group is what a rule is counted under in metrics: its name, or namespace/* for the
// rules of one namespace, whose authors may rename them without end.
func (k Key) Group() string {
	if k.Namespace == "" {
		return k.Name
	}
	return k.Namespace + "/*"
}

// Compare orders keys by namespace, then by name.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, o.Namespace), cmp.Compare(k.Name, o.Name))
}

// Block keeps new pods off the nodes for which the rule fires.
type Block struct{ WhenAllBlocked WhenAllBlocked }

// Avoid takes points off the score of the nodes for which the rule fires.
type Avoid struct {
	// Points are from 1 to 100, of the 100 that a node can have.
	Points int32
}

// Label marks the nodes for which the rule fires with a label.
type Label struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Taint marks the nodes for which the rule fires with a taint.
type Taint struct {
	Key string `json:"key"`
	// Effect is NoSchedule or PreferNoSchedule.
	Effect string `json:"effect"`
}

// WhenAllBlocked says what happens to a pod if every otherwise feasible node
// breaks the rule.
type WhenAllBlocked string

// The words are those of Kubernetes' topology spread constraints.
const (
	DoNotSchedule  WhenAllBlocked = "DoNotSchedule"
	ScheduleAnyway WhenAllBlocked = "ScheduleAnyway"
)

// OnUnknown is what a rule concludes about a node without a usable sample.
type OnUnknown string

// The three policies for absent telemetry.
const (
	UnknownAllow    OnUnknown = "Allow"
	UnknownBlock    OnUnknown = "Block"
	UnknownKeepLast OnUnknown = "KeepLast"
)

// Condition is a tree; exactly one of its fields is set.
type Condition struct {
	Leaf *Leaf
	Any  []Condition
	All  []Condition
	Not  *Condition
}

// Leaf compares one metric with a threshold, both in the metric's unit.
type Leaf struct {
	Metric    string
	Op        Op
	Threshold float64
	// Written is the threshold as its author wrote it, such as 90% or 2Gi; for
	// people only, and empty where nobody wrote it.
	Written string
	// Clear is where a leaf that was True becomes False again. It equals
	// Threshold where the author set none.
	Clear float64
}

// Op is a comparison. Nothing is rounded before comparing.
type Op string

// The six comparisons.
const (
	Above    Op = "above"    // strictly greater
	AtLeast  Op = "atLeast"  // greater or equal
	Below    Op = "below"    // strictly less
	AtMost   Op = "atMost"   // less or equal
	Equal    Op = "equal"    // equal
	NotEqual Op = "notEqual" // not equal
)

// Origin is where a rule was written.
type Origin struct {
	// File is a path, or namespace/name/key for a key of a ConfigMap.
	File         string
	Line, Column int
}

// Pause is what the stop button says. Its zero value pauses nothing.
type Pause struct {
	Evict, Block bool
	// Unread is set where some of it cannot be read, which pauses eviction until that is
	// mended: of what the author meant nothing is known, nor for how long.
	Unread bool
	// Until ends Evict and Block; zero means that only their removal does.
	Until time.Time
	// By and Why are for people.
	By, Why string
	// Silences make single rules keep nobody off, or leave single nodes alone.
	Silences []Silence
}

// Silence makes a rule do nothing on a node for some time; it is still judged and
// counted.
type Silence struct {
	// Rule and Node name what is silent; an empty one means every one. Not both are
	// empty.
	Rule Key
	Node string
	// Until ends the silence; zero means that only its removal does.
	Until time.Time
	// By and Why are for people.
	By, Why string
}

// Stands reports whether the silence has not ended at the given time.
func (s *Silence) Stands(now time.Time) bool { return s.Until.IsZero() || now.Before(s.Until) }

// Silenced reports whether a rule is to do nothing on a node at the given time.
func (p *Pause) Silenced(rule Key, node string, now time.Time) bool {
	for i := range p.Silences {
		s := &p.Silences[i]
		if (s.Rule == Key{} || s.Rule == rule) && (s.Node == "" || s.Node == node) && s.Stands(now) {
			return true
		}
	}
	return false
}

// BlocksPaused reports whether rules keep nobody off at the given time.
func (p Pause) BlocksPaused(now time.Time) bool { return p.Block && p.stands(now) }

// EvictionPaused reports whether evictions are paused at the given time.
func (p Pause) EvictionPaused(now time.Time) bool { return p.Unread || p.Evict && p.stands(now) }

func (p Pause) stands(now time.Time) bool { return p.Until.IsZero() || now.Before(p.Until) }
