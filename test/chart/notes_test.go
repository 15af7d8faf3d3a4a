package chart

import (
	"strings"
	"testing"
)

// notes are what is said once a release is installed. Helm 3 prints them for no release
// without a cluster: test/integration reads its.
func (r release) notes(t *testing.T) string {
	t.Helper()
	out := []string{"install", r.name, chart, "--dry-run=client", "--namespace", r.namespace, "--values", "-"}
	for _, p := range r.profiles {
		out = append(out, "--values", chart+"/profiles/"+p+".yaml")
	}
	text, err := tool(t, "helm4", r.values, out...)
	if err != nil {
		t.Fatal(err)
	}
	_, notes, _ := strings.Cut(text, "\nNOTES:\n")
	return notes
}

func TestTheNotesSayWhatComesNext(t *testing.T) {
	for name, c := range map[string]struct {
		release   release
		says, not []string
	}{
		"how pods ask for it, and who else does not": {usual(""),
			[]string{`Pods ask for it by "schedulerName: telemetry-scheduler". All others stay where they were.`, "It has no rules yet", "in a dry run alone", "telemetry-scheduler.io/rules=true"},
			[]string{"adopt", "Without rights"}},
		"commands with the names of the release": {release{name: "batch", namespace: "platform"},
			[]string{"\n  kubectl rollout status deployment/batch -n platform ", "\n  kubectl get lease batch -n platform ",
				"\n  kubectl telemetry status --scheduler-namespace=platform --release=batch\n", "\n  kubectl create configmap batch-pause -n platform ", "telemetry-scheduler.io/rules=batch"},
			[]string{" -n telemetry-scheduler"}},
		"how a namespace is adopted, and how that ends": {usual("adoption: {enabled: true}"),
			[]string{"\n  kubectl label namespace YOUR-NAMESPACE telemetry-scheduler.io/adopt=telemetry-scheduler\n", "\n  kubectl delete mutatingadmissionpolicybinding telemetry-scheduler-adoption\n"}, nil},
		"that the default scheduler has to stop": {usual("", "replace-default"),
			[]string{"race for its requests"}, []string{`"schedulerName: `}},
		"what is lost without which right": {usual("", "least-rights"),
			[]string{"Without rights.devices pods with", "Without rights.eviction no rule", "Without rights.preemption no pod", "Without rights.volumes pods whose"}, nil},
		"what batching costs":                  {usual("batching: true"), []string{"With batching pods without topologySpreadConstraints"}, nil},
		"that pods are really moved":           {usual("telemetry: {eviction: {mode: Enforce}}"), []string{"within telemetry.eviction."}, []string{"dry run"}},
		"how marks are stopped":                {usual("marks: {enabled: true}"), []string{"\n  kubectl scale deployment telemetry-scheduler-marks -n telemetry-scheduler --replicas=0\n"}, nil},
		"whom a token is sent to":              {usual("monitor: {kind: ServiceMonitor}"), []string{"Prometheus sends its own token to whatever answers"}, nil},
		"nothing of it where that is verified": {usual("serving: {existingSecret: tls}\nmonitor: {kind: ServiceMonitor}"), nil, []string{"its own token"}},
		"which Secret pods wait for":           {usual("serving: {existingSecret: tls}"), []string{"\nPods wait for the Secret tls too: it has to be in telemetry-scheduler, with tls.crt and tls.key.\n\nPods ask"}, nil},
		"no Secret where there is none":        {usual(""), []string{"says how nodes get it.\n\nPods ask"}, []string{"Secret"}},
		"where the rules stand":                {usual("", "example-rules"), []string{"Its rules are the ConfigMap telemetry-scheduler-rules"}, []string{"no rules yet"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notes := c.release.notes(t)
			for _, s := range c.says {
				if !strings.Contains(notes, s) {
					t.Errorf("the notes do not say %q:\n%s", s, notes)
				}
			}
			for _, s := range c.not {
				if strings.Contains(notes, s) {
					t.Errorf("the notes say %q:\n%s", s, notes)
				}
			}
		})
	}
}
