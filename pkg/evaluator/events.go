package evaluator

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Reasons of our Events.
const (
	reasonFiring          = "TelemetryRuleFiring"
	reasonInactive        = "TelemetryRuleInactive"
	reasonRuleBlind       = "TelemetryMissing"
	reasonRuleSees        = "TelemetryBack"
	reasonSourceFailed    = "TelemetrySourceFailed"
	reasonSourceRecovered = "TelemetrySourceRecovered"
	reasonMetricFailed    = "TelemetryMetricFailed"
	reasonMetricRecovered = "TelemetryMetricRecovered"
	reasonMetricUnmatched = "TelemetryMetricUnmatched"
	reasonMetricMatched   = "TelemetryMetricMatched"
)

const (
	actionEvaluate = "Evaluate"
	// actionObserve is that of rules that do nothing: dry runs, and paused ones.
	actionObserve = "Observe"
	actionCollect = "Collect"
	// maxNote is what the events API accepts, in bytes.
	maxNote = 1024
)

// event is one Event to send. The events API merges Events that differ in
// nothing but their text, and keeps the first text; so its objects name the rule
// or source that it speaks of as their field.
type event struct {
	regarding runtime.Object
	// related is nil where there is nothing but regarding.
	related      *corev1.ObjectReference
	kind         string // Normal or Warning
	reason       string
	action, text string
}

func (e *Evaluator) send(v event) {
	var related runtime.Object // a nil pointer would not be a nil interface
	if v.related != nil {
		related = v.related
	}
	text := v.text
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-len("…")], "") + "…"
	}
	e.opts.Recorder.Eventf(v.regarding, related, v.kind, v.reason, v.action, "%s", text)
}

// nodeFiring says on a node that a rule fires there, with the numbers.
func nodeFiring(node *corev1.Node, rule *corev1.ObjectReference, c *crowd, t engine.Transition) event {
	return event{node, rule, corev1.EventTypeWarning, reasonFiring, c.force.action(),
		fmt.Sprintf("Rule %s %s: %s", c.force.of(c.rule), fires(t), t.Sentence)}
}

// fires says since when, where that was before this replica led.
func fires(t engine.Transition) string {
	if t.Since.IsZero() {
		return "fires"
	}
	return "still fires, since " + t.Since.UTC().Format(time.DateTime) + " UTC"
}

// nodeInactive says on a node that a rule no longer fires there.
func nodeInactive(node *corev1.Node, rule *corev1.ObjectReference, c *crowd, t engine.Transition) event {
	return event{node, rule, corev1.EventTypeNormal, reasonInactive, c.force.action(),
		fmt.Sprintf("Rule %s no longer fires: %s", c.force.of(c.rule), t.Sentence)}
}

func (c *crowd) firing() string {
	if c.turn == stillFires {
		return "still fires"
	}
	return "began to fire"
}

// manyFiring stands for the Events of single nodes where there are many.
func manyFiring(rule *corev1.ObjectReference, c *crowd, nodes int) event {
	return event{rule, nil, corev1.EventTypeWarning, reasonFiring, c.force.action(),
		fmt.Sprintf("Rule %s %s on %d more nodes at once.", c.force.of(c.rule), c.firing(), nodes)}
}

// manyInactive stands for the Events of single nodes where there are many.
func manyInactive(rule *corev1.ObjectReference, c *crowd, nodes int) event {
	return event{rule, nil, corev1.EventTypeNormal, reasonInactive, c.force.action(),
		fmt.Sprintf("Rule %s no longer fires on %d more nodes.", c.force.of(c.rule), nodes)}
}

// tenantsTurn says on the ConfigMap of a rule of one namespace that it fires, or no
// longer does.
func tenantsTurn(place *corev1.ObjectReference, c *crowd) event {
	rule, nodes, first := c.force.of(c.rule), len(c.members), c.members[0]
	if c.turn != endedFiring {
		return event{place, nil, corev1.EventTypeWarning, reasonFiring, c.force.action(),
			fmt.Sprintf("Rule %s %s on %d node(s); on %s: %s", rule, c.firing(), nodes, first.Node, first.Sentence)}
	}
	return event{place, nil, corev1.EventTypeNormal, reasonInactive, c.force.action(),
		fmt.Sprintf("Rule %s no longer fires on %d node(s); on %s: %s", rule, nodes, first.Node, first.Sentence)}
}

// ruleBlind says that the telemetry of most of a rule's nodes is missing, and why.
func ruleBlind(rule *corev1.ObjectReference, name string, f fault) event {
	return event{rule, nil, corev1.EventTypeWarning, reasonRuleBlind, actionEvaluate,
		fmt.Sprintf("Telemetry is missing for %d of the %d nodes of rule %s: %s", f.unknown, f.nodes, name, f)}
}

// ruleSees says that the telemetry of a rule is back.
func ruleSees(rule *corev1.ObjectReference, name string) event {
	return event{rule, nil, corev1.EventTypeNormal, reasonRuleSees, actionEvaluate,
		fmt.Sprintf("Telemetry is back for most nodes of rule %s.", name)}
}

// sourceFailed says on our own object that a source cannot be read.
func sourceFailed(self corev1.ObjectReference, name, fault string) event {
	return event{sourceField(self, name), nil, corev1.EventTypeWarning, reasonSourceFailed, actionCollect,
		fmt.Sprintf("Telemetry source %s cannot be read; what was read before ages: %s", name, fault)}
}

// sourceRecovered says that a source works again.
func sourceRecovered(self corev1.ObjectReference, name string) event {
	return event{sourceField(self, name), nil, corev1.EventTypeNormal, reasonSourceRecovered, actionCollect,
		fmt.Sprintf("Telemetry source %s can be read again.", name)}
}

func sourceField(self corev1.ObjectReference, name string) *corev1.ObjectReference {
	self.FieldPath = "sources[" + name + "]"
	return &self
}

// estimateFault says on a pod that its annotated estimate is not used.
func estimateFault(f inflight.Fault) event {
	return event{f.Pod, nil, corev1.EventTypeWarning, f.Reason, actionEvaluate, f.Text}
}

// metricFailed says where a metric is defined that it cannot be read.
func metricFailed(place *corev1.ObjectReference, name, fault string) event {
	return event{place, nil, corev1.EventTypeWarning, reasonMetricFailed, actionCollect,
		fmt.Sprintf("Metric %s cannot be read; what was read before ages: %s", name, fault)}
}

// metricUnmatched says where a metric is defined that its series do not find nodes.
func metricUnmatched(place *corev1.ObjectReference, name, what string) event {
	return event{place, nil, corev1.EventTypeWarning, reasonMetricUnmatched, actionCollect,
		fmt.Sprintf("Metric %s does not find its nodes: %s", name, what)}
}

// metricMatched says that they find them again.
func metricMatched(place *corev1.ObjectReference, name string) event {
	return event{place, nil, corev1.EventTypeNormal, reasonMetricMatched, actionCollect,
		fmt.Sprintf("Metric %s finds its nodes.", name)}
}

// metricDropped says that a metric that was in trouble is not wanted any more.
func metricDropped(place *corev1.ObjectReference, reason, name string) event {
	return event{place, nil, corev1.EventTypeNormal, reason, actionCollect,
		fmt.Sprintf("Metric %s is no longer asked for.", name)}
}

// metricRecovered says that a metric can be read again.
func metricRecovered(place *corev1.ObjectReference, name string) event {
	return event{place, nil, corev1.EventTypeNormal, reasonMetricRecovered, actionCollect,
		fmt.Sprintf("Metric %s can be read again.", name)}
}
