package descheduler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Reasons of our Events. Their action is the plan's reason, or how a move went, and they name
// the pod that they speak of as a field of its node: the events API merges what differs in
// nothing but the text, and keeps the first text.
const (
	reasonEvicted = "TelemetryEvicted"
	reasonHeld    = "TelemetryEvictionHeld"
	reasonEnded   = "TelemetryEvictionEnded"
	actionEvict   = "Evict"
	// maxNote is what the events API accepts, in bytes.
	maxNote = 1024
)

// alarming are the reasons for which people have to do something.
var alarming = []plan.Reason{
	plan.NoHome, plan.NotEnough, plan.NoCandidates, plan.NotCured, plan.Breaker, plan.FewHomes, plan.BudgetConflict, plan.CallFailed, plan.NotRecorded,
	plan.Forgotten, plan.OwnersUnread, plan.HomesUnproved,
}

// announce sends the Events of a round.
func (d *Descheduler) announce(ctx context.Context, l *look, news []Pair) {
	for i := range l.made {
		d.announceMade(ctx, l, &l.made[i])
	}
	for i, pair := range news {
		if i == maxEvents {
			klog.FromContext(ctx).Info("More has changed at once than Events are sent for", "events", maxEvents, "unsent", len(news)-i)
			return
		}
		kind, reason, action := v1.EventTypeNormal, reasonHeld, string(pair.Reason)
		switch {
		case pair.Reason == plan.Evicted:
			reason, action = reasonEvicted, actionEvict
		case slices.Contains(alarming, pair.Reason):
			kind = v1.EventTypeWarning
		}
		pod := ""
		if m := l.madeFor(pair.Node, pair.Rule); m != nil {
			pod = m.move.Pod.Key()
		}
		d.sendOnNode(l.Policies[pair.Rule].Rule, pair.Node, pod, kind, reason, action, fmt.Sprintf("Rule %s: %s", pair.Rule, pair.Sentence))
	}
}

// sendOnNode sends an Event on a node about a rule, and about a pod there unless that is
// empty. The rules of one namespace say nothing on nodes, which are everybody's: what they
// have to say stands on their ConfigMap.
func (d *Descheduler) sendOnNode(rule *rules.Rule, name, pod, kind, reason, action, text string) {
	var place *v1.ObjectReference
	if rule != nil {
		place = d.opts.Place(rule.Origin, "rules["+rule.Name+"]")
	}
	if rule != nil && rule.Namespace != "" {
		if place != nil {
			d.send(place, nodeReference(name, "", pod), kind, reason, action, "Node "+name+": "+text)
		}
		return
	}
	if node, err := d.opts.Nodes.Get(name); err == nil {
		d.send(nodeReference(name, node.UID, pod), place, kind, reason, action, text)
	}
}

// nodeReference is a node, or what stands for a pod of it.
func nodeReference(name string, uid types.UID, pod string) *v1.ObjectReference {
	out := &v1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: name, UID: uid}
	if pod != "" {
		out.FieldPath = "pods[" + pod + "]"
	}
	return out
}

func (d *Descheduler) send(regarding runtime.Object, related *v1.ObjectReference, kind, reason, action, text string) {
	var other runtime.Object // a nil pointer would not be a nil interface
	if related != nil {
		other = related
	}
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-len("…")], "") + "…"
	}
	d.opts.Recorder.Eventf(regarding, other, kind, reason, action, "%s", text)
}

// announceMade tells of an eviction on the pod and on what made it.
func (d *Descheduler) announceMade(ctx context.Context, l *look, m *made) {
	text := madeText(l.Now, m)
	klog.FromContext(ctx).V(2).Info("An eviction was decided", "pod", klog.KObj(m.pod), "node", klog.KRef("", m.act.Node), "home", klog.KRef("", m.act.Home), "rules", m.act.Rules,
		"dryRun", m.act.DryRun, "reason", m.reason, "says", text)
	if m.act.DryRun || m.reason != "" {
		if m.reason == plan.BudgetConflict {
			d.send(m.pod, nil, v1.EventTypeWarning, reasonHeld, string(m.reason), "Pod is not moved: "+m.move.Pod.Because(m.reason))
		}
		return
	}
	d.send(m.pod, nil, v1.EventTypeNormal, reasonEvicted, actionEvict, text)
	d.send(ownerReference(m.move.Pod), podReference(m.pod), v1.EventTypeNormal, reasonEvicted, actionEvict, text)
}

// announceLate tells of an eviction of which nobody knew whether it would be one, now that
// the pod leaves.
func (d *Descheduler) announceLate(ctx context.Context, uid string) {
	r := recordOf(d.memory.Records(), uid)
	if r == nil {
		return
	}
	text := recordText(r)
	klog.FromContext(ctx).V(2).Info("An eviction that nobody answered was made", "pod", klog.KRef(r.Namespace, r.Pod), "node", klog.KRef("", r.From), "home", klog.KRef("", r.Home), "rules", r.Rules, "says", text)
	pod := &v1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: r.Namespace, Name: r.Pod, UID: types.UID(r.UID)}
	d.send(pod, nil, v1.EventTypeNormal, reasonEvicted, actionEvict, text)
	d.send(referenceTo(r.OwnerKind, r.Namespace, r.OwnerName, r.Owner), pod, v1.EventTypeNormal, reasonEvicted, actionEvict, text)
	for _, key := range r.Rules {
		if rule := d.ruleOf(key); rule != nil {
			d.sendOnNode(rule, r.From, r.Namespace+"/"+r.Pod, v1.EventTypeNormal, reasonEvicted, actionEvict, text)
		}
	}
}

// ruleOf returns a rule that is in force; nil where it is not.
func (d *Descheduler) ruleOf(key rules.Key) *rules.Rule {
	set := d.newest.Load().RuleSet()
	at := slices.IndexFunc(set.Rules, func(r rules.Rule) bool { return r.Key() == key })
	if at < 0 {
		return nil
	}
	return &set.Rules[at]
}

// madeText says all there is to say of an eviction.
func madeText(now time.Time, m *made) string {
	a := &m.act
	return evictionText(m.move.Pod.Key(), a.Node, a.Rules, a.Sentences, now.Sub(a.Sampled), a.Home) + parenthesis(m.move.Home.Sentence)
}

// recordText says what is remembered of that.
func recordText(r *memory.Record) string {
	return evictionText(r.Namespace+"/"+r.Pod, r.From, r.Rules, r.Sentences, r.Age, r.Home)
}

func evictionText(pod, from string, of []rules.Key, sentences []string, age time.Duration, home string) string {
	var names []string
	for _, rule := range of {
		names = append(names, rule.String())
	}
	return fmt.Sprintf("Pod %s leaves node %s for rule %s: %s; measured %s ago; node %s is proved to be a home",
		pod, from, strings.Join(names, ", "), strings.Join(sentences, "; "), duration.HumanDuration(age), home)
}

func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// versions are those of the kinds that make pods; others are told from each other by UID.
var versions = map[string]string{
	"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1", "ReplicationController": "v1",
}

func ownerReference(p *plan.Pod) *v1.ObjectReference {
	return referenceTo(p.OwnerKind, p.Namespace, p.OwnerName, p.Owner)
}

func referenceTo(kind, namespace, name, uid string) *v1.ObjectReference {
	return &v1.ObjectReference{APIVersion: versions[kind], Kind: kind, Namespace: namespace, Name: name, UID: types.UID(uid)}
}

func podReference(pod *v1.Pod) *v1.ObjectReference {
	return &v1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID}
}

// sendEnd tells on the node how a move went.
func (d *Descheduler) sendEnd(r *memory.Record) {
	kind := v1.EventTypeNormal
	if r.Outcome != memory.Relieved && r.Outcome != memory.NotMade {
		kind = v1.EventTypeWarning
	}
	text := fmt.Sprintf("The move of pod %s/%s for rule %s ended: %s", r.Namespace, r.Pod, r.Rules[0], endText(r))
	if rule := d.ruleOf(r.Rules[0]); rule != nil {
		d.sendOnNode(rule, r.From, r.Namespace+"/"+r.Pod, kind, reasonEnded, string(r.Outcome), text)
	}
}

// endText says how a move went.
func endText(r *memory.Record) string {
	switch r.Outcome {
	case memory.Relieved:
		if r.Landed == "" {
			return fmt.Sprintf("none came in its place, which nobody wants any more, and the node has less%s", amounts(r))
		}
		return fmt.Sprintf("its replacement is on node %s, and the node has less%s", r.Landed, amounts(r))
	case memory.NotRelieved:
		if r.Landed == "" {
			return fmt.Sprintf("none came in its place, which nobody wants any more, and the node has hardly less%s", amounts(r))
		}
		return fmt.Sprintf("its replacement is on node %s, and the node has hardly less%s", r.Landed, amounts(r))
	case memory.LandedBack:
		return "its replacement is on the same node again"
	case memory.StayedPending:
		return "its replacement got no node in time"
	case memory.Unseen:
		return "no samples came that would show whether it helped"
	case memory.NotMade:
		return "the pod was not evicted"
	}
	return string(r.Outcome)
}

// amounts are what was observed and predicted.
func amounts(r *memory.Record) string {
	if r.Resource == "" {
		return ""
	}
	unit := unitsOf[rules.Resource(r.Resource)]
	return fmt.Sprintf(": %s of %s that was expected", engine.FormatValue(r.Observed, unit), engine.FormatValue(r.Predicted, unit))
}
