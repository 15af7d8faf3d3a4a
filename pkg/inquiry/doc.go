// Package inquiry says what telemetry means to one pod: which rules govern it, what it
// is judged by, and what each node says to it. The plugin asks in the scheduling cycle,
// others beside it, and both get one answer. It knows nothing of kube-scheduler, so
// that programs beside it can ask too.
package inquiry
