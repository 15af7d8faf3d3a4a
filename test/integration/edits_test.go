package integration

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Each node of a release uses 1 of 64 GiB, so that a rule above 1 % fires on all
// of them, and one above 90 % on none.
const (
	idle       = "metric: memory, above: 90%"
	everywhere = "metric: memory, above: 1%"
	brokeEdits = "broke telemetry rule line (memory > 1 percent)"
)

func TestRulesAreEditedWithoutARestart(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "edits")
	r.addNodes(3)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.start(quick)
	r.judged("line", 3)
	r.run(r.add(r.pod("before"))...)
	tell(t, r,
		chapter[*release]{"an edit keeps pods off", (*release).editBlocks},
		chapter[*release]{"a bad edit leaves the last good rules in force and says where the mistake is", (*release).badEdit},
		chapter[*release]{"a restart with the bad rule still in place keeps the last good text", (*release).restartWithBadRule},
		chapter[*release]{"a ConfigMap that is deleted while in force lets its nodes go", (*release).deleteRules},
		chapter[*release]{"a ConfigMap that is made again works again", (*release).makeRulesAgain},
		chapter[*release]{"the stop button lets all pods go until somebody lets go of it", (*release).pause},
		chapter[*release]{"a silence of the rule lets them go until it is ended", (*release).silence},
		chapter[*release]{"a ConfigMap that is paused by annotation keeps nobody off", (*release).pauseOneMap},
		chapter[*release]{"no pod needed the flush of the queue", (*release).wantNoFlush},
	)
}

func (r *release) editBlocks() {
	began := time.Now()
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	r.firing("line", 3)
	r.t.Logf("the edit was in force after %s", since(began))
	r.waits(r.add(r.pod("edited"))[0], brokeEdits)
}

func (r *release) badEdit() {
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", "metric: memory, above: 90"))})
	e := r.event("rules", "RulesRejected", "edits/rules/line.yaml:5:33: ")
	r.t.Log(e.Note)
	r.metric(1, "telemetry_scheduler_rule_keys", "text", "last-good")
	r.waits(r.add(r.pod("after-mistake"))[0], brokeEdits)
}

func (r *release) restartWithBadRule() {
	r.Stop()
	r.restart()
	r.metric(1, "telemetry_scheduler_rule_keys", "text", "last-good")
	r.firing("line", 3)
	r.waits(r.add(r.pod("after-restart"))[0], brokeEdits)
}

func (r *release) deleteRules() {
	began := time.Now()
	r.deleteMap("rules")
	r.bound(r.name+"-edited", r.name+"-after-mistake", r.name+"-after-restart")
	r.t.Logf("three waiting pods had a node %s after the deletion", since(began))
	r.metric(0, "telemetry_scheduler_rules")
}

func (r *release) makeRulesAgain() {
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	r.firing("line", 3)
	r.waits(r.add(r.pod("again"))[0], brokeEdits)
}

// pause presses the button and lets go of it by the plugin. That the ConfigMap alone does
// it is shown where the documentation is applied, and where tenants are silenced.
func (r *release) pause() {
	began := time.Now()
	telemetry(r.t, r.bed, "pause", "block", "--for", "1h", "--why", "the story wants it", "--scheduler-namespace", r.name)
	r.bound(r.name + "-again")
	r.t.Logf("the stop button let the pod go after %s", since(began))
	r.metric(1, "telemetry_scheduler_paused", "what", "block")
	r.t.Log(r.event("telemetry-scheduler-pause", "PausePressed", ": the story wants it)").Note)
	r.bound(r.add(r.pod("while-paused"))...)
	telemetry(r.t, r.bed, "resume", "--scheduler-namespace", r.name)
	r.metric(0, "telemetry_scheduler_paused", "what", "block")
	r.blocks("line", 3)
	r.waits(r.add(r.pod("after-pause"))[0], brokeEdits)
}

// silence does the same to the one rule.
func (r *release) silence() {
	began := time.Now()
	telemetry(r.t, r.bed, "silence", "line", "--for", "1h", "--scheduler-namespace", r.name)
	r.bound(r.name + "-after-pause")
	r.t.Logf("the silence let the pod go after %s", since(began))
	telemetry(r.t, r.bed, "silence", "line", "--end", "--scheduler-namespace", r.name)
	r.metric(0, "telemetry_scheduler_silences")
	r.blocks("line", 3)
	r.waits(r.add(r.pod("after-silence"))[0], brokeEdits)
}

func (r *release) pauseOneMap() {
	r.writeMap(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name:        "rules",
		Labels:      map[string]string{"telemetry-scheduler.io/rules": "true"},
		Annotations: map[string]string{"telemetry-scheduler.io/paused": "true"},
	}, Data: map[string]string{"line.yaml": document(r.blocking("line", everywhere))}})
	r.bound(r.name + "-after-silence")
	r.firing("line", 3) // it is judged all the same
}
