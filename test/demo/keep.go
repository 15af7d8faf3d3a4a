package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// narrow is how wide lines to copy may be: who copies a line that the terminal
// has wrapped may get two.
const narrow = 79

// keep leaves everything up until somebody has had enough.
func (s *stage) keep(ctx context.Context) {
	root, err := testbed.Root()
	if err != nil {
		root = "."
	}
	prom := ""
	if s.prom != nil {
		prom = s.prom.URL
	}
	_, _ = fmt.Fprintln(os.Stdout, invitation(filepath.Join(root, "bin"), s.bed.Dir, s.scheduler.URL, s.scheduler.APIURL(), prom))
	outlive(ctx, os.Stdout)
}

// outlive returns at the end of ctx, or when the terminal is gone: where make leads
// the session, nobody sends us a signal then.
func outlive(ctx context.Context, out *os.File) {
	if !term.IsTerminal(int(out.Fd())) {
		<-ctx.Done()
		return
	}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for ctx.Err() == nil && term.IsTerminal(int(out.Fd())) {
		select {
		case <-ctx.Done():
		case <-look.C:
		}
	}
}

// invitation says how to look around. The commands begin at the left, so that
// several lines can be copied at once. api is with its version; prometheus is empty
// where there is none.
func invitation(bin, dir, scheduler, api, prometheus string) string {
	return fmt.Sprintf(`Everything stays up until Ctrl-C. In another terminal:

%s
export KUBECONFIG="$DEMO/admin.kubeconfig"
%s

kubectl top nodes
kubectl get events -A --field-selector reason=TelemetryRuleFiring
kubectl edit configmap memory-rules -n %s
# what a pod uses:
kubectl annotate pod web-20 --overwrite kwok.x-k8s.io/usage-memory=60Gi
# how all of it is, and why the pod %s waits; by a viewer's token too:
AT=%s
kubectl telemetry status --scheduler-url $AT
kubectl telemetry explain %s --scheduler-url $AT
TOKEN=$(kubectl create token %s -n %s)
curl -sk -H "Authorization: Bearer $TOKEN" \
  "$AT%s/pods/default/%s?node=node-00"
# the scheduler's own metrics:
curl -sk --cert "$DEMO/admin.crt" --key "$DEMO/admin.key" \
  %s/metrics | grep ^telemetry_scheduler_rule
%s# the logs of all parts:
ls "$DEMO"`, export("DEMO", dir, ""), export("PATH", bin, ":$PATH"), testbed.Namespace,
		extra, strings.TrimSuffix(api, v1alpha1.Prefix), extra, viewer, testbed.Namespace, v1alpha1.Prefix, extra, scheduler, askPrometheus(prometheus))
}

// keepHint is for those who did not ask to keep it.
const keepHint = "make demo KEEP=1 stays up, and says how to ask the scheduler why, with a token."

// askPrometheus says how to see what the scheduler reads.
func askPrometheus(url string) string {
	if url == "" {
		return ""
	}
	return fmt.Sprintf(`# what the scheduler reads; the address is one for a browser too:
curl -s %s/api/v1/query \
  -d query=%s
`, url, memorySeries)
}

// export is a line for a shell, or several that the shell takes for one where a
// long path would not fit.
func export(name, path, more string) string {
	const continued = "\\\n"
	rest := []rune("export " + name + `="` + path)
	var b strings.Builder
	for len(rest) > narrow-len(more)-len(`"`) {
		b.WriteString(string(rest[:narrow-1-len(more)]) + continued)
		rest = rest[narrow-1-len(more):]
	}
	return b.String() + string(rest) + more + `"`
}
