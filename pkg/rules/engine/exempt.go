package engine

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// Exemption says why a rule does not keep a pod off any node; it is empty where the
// rule governs the pod.
type Exemption string

// Why a rule does not govern a pod. Of several the first one counts.
const (
	ExemptSystemCritical  Exemption = "SystemCritical"  // pods of a system-critical priority are governed by no rule
	ExemptStopButton      Exemption = "StopButton"      // the pause ConfigMap lets every rule rest
	ExemptNoBlock         Exemption = "NoBlock"         // the rule has no action block
	ExemptDryRun          Exemption = "DryRun"          // the rule only counts what it would do
	ExemptPaused          Exemption = "Paused"          // the annotation of its ConfigMap lets the rule rest
	ExemptNamespace       Exemption = "Namespace"       // the rule is one of another namespace
	ExemptDaemonSet       Exemption = "DaemonSet"       // the pod is one of a DaemonSet
	ExemptPriority        Exemption = "Priority"        // the pod's priority is above the rule's maxPodPriority
	ExemptPodLabels       Exemption = "PodLabels"       // the rule selects other pods
	ExemptNamespaceLabels Exemption = "NamespaceLabels" // the rule selects other namespaces
	ExemptIgnored         Exemption = "Ignored"         // the pod ignores the rule by annotation
)

// exempts says why a rule has nothing to say about a pod, whatever the rule does, and
// whether it is paused or not.
func (c *compiled) exempts(pod *PodFacts) Exemption {
	switch {
	case c.Namespace != "" && c.Namespace != pod.Namespace:
		return ExemptNamespace
	case pod.DaemonSet && !c.IncludeDaemonSets:
		return ExemptDaemonSet
	case c.MaxPodPriority != nil && pod.Priority > *c.MaxPodPriority:
		return ExemptPriority
	case !c.Pods.Empty() && !c.Pods.Matches(pod.Labels):
		return ExemptPodLabels
	case !c.Namespaces.Empty() && !c.Namespaces.Matches(pod.NamespaceLabels):
		return ExemptNamespaceLabels
	case pod.Ignore.Ignores(c.Key()):
		return ExemptIgnored
	}
	return ""
}

// Governed is what one rule has to do with a pod.
type Governed struct {
	Rule rules.Key
	// Exemption is empty where Govern returns the rule.
	Exemption Exemption
	// Lenient is set for a rule that gives way; see Board.Lenient.
	Lenient bool
}

// WhyGoverned says of every rule whether it is among those that Govern returns for a
// pod, and why not.
func (b *Board) WhyGoverned(pod PodFacts) []Governed {
	everything := Exemption("")
	switch {
	case pod.SystemCritical:
		everything = ExemptSystemCritical
	case b.program.set.Pause.BlocksPaused(b.At):
		everything = ExemptStopButton
	}
	out := make([]Governed, len(b.program.rules))
	for i := range b.program.rules {
		r := &b.program.rules[i]
		out[i] = Governed{r.Key(), r.whyNot(&pod, everything), b.isLenient(i)}
	}
	return out
}

func (c *compiled) whyNot(pod *PodFacts, everything Exemption) Exemption {
	switch {
	case c.Block == nil:
		return ExemptNoBlock
	case everything != "":
		return everything
	case c.DryRun:
		return ExemptDryRun
	case c.Paused:
		return ExemptPaused
	}
	return c.exempts(pod)
}

// Spares says why a rule that evicts has nothing to do with a pod; empty where it may
// move it. Whether a pod is one that nobody moves is not asked here, nor whether the rule
// is paused: its plans are shown.
func (b *Board) Spares(rule rules.Key, pod PodFacts) Exemption {
	i, found := b.program.index[rule]
	switch {
	case !found:
		return ExemptNoBlock
	case pod.SystemCritical:
		return ExemptSystemCritical
	}
	return b.program.rules[i].exempts(&pod)
}
