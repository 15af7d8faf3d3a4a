package integration

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// inherit gives the release what a former version stored as its own, and rules as they were
// written for that.
func (h *helmed) inherit() {
	root, err := testbed.Root()
	h.must(err)
	stored, err := os.ReadFile(filepath.Join(root, "test/upgrade/testdata/with-evictions.yaml"))
	h.must(err)
	h.kubectl("delete configmaps -n helmed -l telemetry-scheduler.io/state")
	h.run("bin/kubectl", strings.Fields("create -f -"),
		strings.NewReplacer("telemetry-scheduler-state", "helmed-state", "namespace: moves", "namespace: helmed").Replace(string(stored)))
	h.kubectl("create configmap former -n helmed --from-file=test/upgrade/testdata/with-evictions-rules.yaml")
	h.kubectl("label configmap former -n helmed telemetry-scheduler.io/rules=helmed")
	if before := h.evictions(); !strings.Contains(before, "moves-web") {
		h.t.Error("without a scheduler the plugin reads of the former one:", before)
	}
}

// goesOn makes sure that the running scheduler reads what the former one wrote and stored.
func (h *helmed) goesOn() {
	h.t.Helper()
	h.metric(2, "telemetry_scheduler_rules")
	h.metric(0, "telemetry_scheduler_state_damaged_total")
}

// inherited makes sure that the scheduler, now stopped, stored the evictions of the former
// one among its own.
func (h *helmed) inherited() {
	h.t.Helper()
	if said := h.evictions(); !strings.Contains(said, "moves-web") {
		h.t.Error("the scheduler remembers no eviction of the former one:", said)
	}
	if epoch := h.kubectl("get configmap helmed-state-evictions-0 -n helmed -o jsonpath={.metadata.annotations.telemetry-scheduler\\.io/state-epoch}"); epoch == "426" {
		h.t.Error("the scheduler took nothing over: the epoch is that of the former one")
	}
	h.kubectl("delete configmap former -n helmed")
}

// evictions asks the scheduler that leads, or else reads what is stored.
func (h *helmed) evictions() string {
	h.t.Helper()
	return h.run("bin/kubectl-telemetry", strings.Fields("evictions --scheduler-namespace=helmed --release=helmed"), "")
}
