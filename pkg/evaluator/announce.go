package evaluator

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const (
	// maxNodeEvents bounds the Events on single nodes of one rule, tick and
	// direction; when half a cluster jumps over the line one Event says so.
	maxNodeEvents = 10
	// maxTickEvents bounds all Events of a tick. The recorder's queue holds 1,000
	// and drops what is beyond, the scheduler's own Events on pods among it.
	maxTickEvents = 200
	// maxFaultEvents bounds those of them on pods that came to a node past the scheduler;
	// what is left is told with the next tick.
	maxFaultEvents = 20
)

// announce sends the Events of one tick, as the leader. Before everything was
// read once, missing telemetry is no news. A new leader tells all that stands, and
// since when: what happened while nobody led was told by nobody.
func (e *Evaluator) announce(ctx context.Context, set *rules.RuleSet, board *engine.Board, transitions []engine.Transition) {
	if !e.speaking || !e.isReady {
		return
	}
	if !e.told {
		transitions, e.told = board.Standing(e.first), true
	}
	find, crowds := lookup(set), crowdsOf(transitions)
	about := e.references(find)
	for i := range crowds {
		crowds[i].force = forceOf(find(crowds[i].rule), set.Pause.BlocksPaused(board.At))
		crowds[i].log(klog.FromContext(ctx))
	}
	faults := e.judged.update(e.faultsOf(set, board), about)
	for _, v := range faults {
		klog.FromContext(ctx).Info("The telemetry of a rule went or came back", "reason", v.reason, "says", v.text)
	}
	defined := e.metricPlaces(set)
	news := slices.Concat(
		e.failed.update(unreadable, e.Metrics(), set.Metrics, defined), e.strayed.update(unmatched, e.Metrics(), set.Metrics, defined),
		faults, e.newsOf(crowds, about))
	slices.SortStableFunc(news, e.tenantsLast)
	for _, v := range news[:min(len(news), maxTickEvents)] {
		e.send(v)
	}
	if left := len(news) - maxTickEvents; left > 0 {
		klog.FromContext(ctx).Info("More has changed at once than Events are sent for", "events", maxTickEvents, "unsent", left)
	}
}

// announceFaults tells what is wrong with the estimates of pods that others bound, as the
// leader.
func (e *Evaluator) announceFaults() {
	if !e.speaking || e.opts.InFlight == nil {
		return
	}
	for _, f := range e.opts.InFlight.Faults(maxFaultEvents) {
		e.send(estimateFault(f))
	}
}

// tenantsLast orders what the bound cuts first: the Events in other namespaces.
func (e *Evaluator) tenantsLast(a, b event) int {
	rank := func(v event) int {
		if ref, is := v.regarding.(*corev1.ObjectReference); is && ref.Namespace != e.opts.Self.Namespace {
			return 1
		}
		return 0
	}
	return rank(a) - rank(b)
}

// newsOf returns the Events about crowds: first those that stand for many nodes,
// then those on single nodes. The rules of one namespace say nothing on nodes, which
// are everybody's: all that they have to say stands on their ConfigMap.
func (e *Evaluator) newsOf(crowds []crowd, about func(rules.Key) *corev1.ObjectReference) []event {
	var many, single []event
	for _, c := range crowds {
		place := about(c.rule)
		if c.rule.Namespace != "" {
			if place != nil {
				many = append(many, c.onTenantsRule(place))
			}
			continue
		}
		if c.gone {
			continue // a node that is gone has no readers, and the log has a line of it
		}
		if more := len(c.members) - maxNodeEvents; more > 0 && place != nil {
			many = append(many, c.onRule(place, more))
		}
		for _, t := range c.members[:min(len(c.members), maxNodeEvents)] {
			// A node that is gone has no readers either.
			if node, err := e.opts.Nodes.Lister().Get(t.Node); err == nil {
				single = append(single, c.onNode(node, orGone(place, c.rule), t))
			}
		}
	}
	return append(many, single...)
}

// metricPlaces returns a function that finds where a metric is defined; nil for one
// that is gone.
func (e *Evaluator) metricPlaces(set *rules.RuleSet) func(string) *corev1.ObjectReference {
	return func(name string) *corev1.ObjectReference {
		m, found := set.Metrics[name]
		if !found || m.BuiltIn {
			return nil
		}
		return e.opts.Rules.Reference(m.Origin, "metrics["+name+"]")
	}
}

// orGone stands for the place of a rule that is gone: Events about two rules that
// differ in nothing else would be merged.
func orGone(place *corev1.ObjectReference, rule rules.Key) *corev1.ObjectReference {
	if place != nil {
		return place
	}
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: rule.Namespace, FieldPath: "rules[" + rule.Name + "]"}
}

// references returns a function that finds the place of a rule; nil for a rule
// that is gone.
func (e *Evaluator) references(find func(rules.Key) *rules.Rule) func(rules.Key) *corev1.ObjectReference {
	return func(k rules.Key) *corev1.ObjectReference {
		if r := find(k); r != nil {
			return e.opts.Rules.Reference(r.Origin, "rules["+r.Name+"]")
		}
		return nil
	}
}

// lookup returns a function that finds a rule; nil for one that is gone.
func lookup(set *rules.RuleSet) func(rules.Key) *rules.Rule {
	var byKey map[rules.Key]*rules.Rule
	return func(k rules.Key) *rules.Rule {
		if byKey == nil {
			byKey = make(map[rules.Key]*rules.Rule, len(set.Rules))
			for i := range set.Rules {
				byKey[set.Rules[i].Key()] = &set.Rules[i]
			}
		}
		return byKey[k]
	}
}
