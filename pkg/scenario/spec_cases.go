package scenario

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// podSpec is a pod, or several that are alike.
type podSpec struct {
	// Name is that of the pod.
	Name string `json:"name"`
	// Namespace is default where it is left out.
	Namespace string `json:"namespace"`
	// Labels are its own.
	Labels map[string]string `json:"labels"`
	// Annotations are its own: an estimate, or rules to ignore.
	Annotations map[string]string `json:"annotations"`
	// Priority is 0 where it is left out.
	Priority *int32 `json:"priority"`
	// Controller is what made it, such as DaemonSet/agent.
	Controller string `json:"controller"`
	// Replicas is how many pods the controller is to have, all ready but those of the file that
	// do not run; as many as there are in the file where it is left out.
	Replicas *int32 `json:"replicas"`
	// Requests are such as {cpu: 500m, memory: 2Gi}.
	Requests map[string]strictyaml.Scalar `json:"requests"`
	// Count makes so many of them, called name-0, name-1 and so on.
	Count *int32 `json:"count"`
	// Node is where it runs; a pod without one arrives, or is asked about.
	Node string `json:"node"`
	// Arrives is when a pod without a node is to be placed.
	Arrives *strictyaml.Duration `json:"arrives"`
	// Uses is what is measured of it once it has started, such as {cpu: 500m, memory: 2Gi}.
	Uses map[string]strictyaml.Scalar `json:"uses"`
	// Bound is when it is bound to the node; long ago where it is left out.
	Bound *strictyaml.Duration `json:"bound"`
	// Starts is when its containers have started; when it is bound where it is left out.
	Starts *strictyaml.Duration `json:"starts"`
	// Ends is when it is gone; never where it is left out.
	Ends *strictyaml.Duration `json:"ends"`
}

// caseSpec is what is expected at one time.
type caseSpec struct {
	// Name is for people.
	Name string `json:"name"`
	// At is the time of the case, from the beginning.
	At *strictyaml.Duration `json:"at"`
	// Expect are what is to come of it.
	Expect []expectSpec `json:"expect"`
}

// expectSpec is about one rule, metric, pod or node.
type expectSpec struct {
	// Rule is what phase, truth and says are about.
	Rule string `json:"rule"`
	// Phase is by node: inactive, pending, firing, keeping, or not judged.
	Phase map[string]strictyaml.Scalar `json:"phase"`
	// Truth is by node: True, False, Unknown, or not judged.
	Truth map[string]strictyaml.Scalar `json:"truth"`
	// Says is by node: what the comparisons saw, in words.
	Says map[string]strictyaml.Scalar `json:"says"`

	// Metric is what value is about.
	Metric string `json:"metric"`
	// Value is by node: the newest value as messages write it, or unknown.
	Value map[string]strictyaml.Scalar `json:"value"`

	// Pod is what blocked, why, best, scores, needs and placed are about.
	Pod string `json:"pod"`
	// Blocked are all nodes that the pod is kept off, and no others.
	Blocked []string `json:"blocked"`
	// Why is by node: the reason, as the Event of the pod has it.
	Why map[string]strictyaml.Scalar `json:"why"`
	// Best is the node that scores highest; "a or b" where several do; none where none takes it.
	Best *strictyaml.Scalar `json:"best"`
	// Scores are by node: what it is worth to the pod by telemetry, from 0 to 100.
	Scores map[string]strictyaml.Scalar `json:"scores"`

	// Needs are by resource: what the pod is judged by.
	Needs map[string]strictyaml.Scalar `json:"needs"`
	// Placed is the node that took a pod which arrived, or none while it waits; of several
	// pods that are alike, how many by node, and how many wait as none.
	Placed strictyaml.OneOrEach `json:"placed"`

	// Node is what victims, home, reason and spared are about.
	Node string `json:"node"`
	// Victims are all pods that are to leave the node, and no others.
	Victims []string `json:"victims"`
	// Home is by pod: the node that was found to take it, or none where it does not leave.
	Home map[string]strictyaml.Scalar `json:"home"`
	// Reason is Evicted where a pod leaves now, why none does, or not firing.
	Reason *strictyaml.Scalar `json:"reason"`
	// Spared are by pod: why it may not leave, or none.
	Spared map[string]strictyaml.Scalar `json:"spared"`
}
