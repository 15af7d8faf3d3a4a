package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

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
	_, _ = fmt.Fprintln(os.Stdout, invitation(s.bed.Kubeconfig, filepath.Join(root, "bin"), s.bed.Dir))
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
// several lines can be copied at once.
func invitation(kubeconfig, bin, logs string) string {
	return fmt.Sprintf(`Everything stays up until Ctrl-C. In another terminal:

%s
%s

kubectl top nodes
kubectl get events -A --field-selector reason=TelemetryRuleFiring
kubectl edit configmap memory-rules -n %s
# what a pod uses:
kubectl annotate pod web-20 --overwrite kwok.x-k8s.io/usage-memory=60Gi

The logs of all parts are in
%s
`, export("KUBECONFIG", kubeconfig, ""), export("PATH", bin, ":$PATH"), testbed.Namespace, logs)
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
