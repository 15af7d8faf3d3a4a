package checks

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var keys = Check{Name: "keys", About: "whether keys that look like rules end in .yaml", Look: lookAtKeys}

func lookAtKeys(ctx context.Context, c *Cluster) ([]Finding, error) {
	return c.fromLint(ctx, rules.CheckKey, func(f lint.Finding, namespace, name string) Finding {
		return Finding{Severity: Error, Why: "nothing of this key is in force", Mend: c.rename(f, namespace, name)}
	})
}

// rename gives a key the name that lint proposes.
func (c *Cluster) rename(f lint.Finding, namespace, name string) string {
	key := path.Base(f.Key)
	var wanted string
	if n, _ := fmt.Sscanf(f.Mend, "name it %q", &wanted); n != 1 {
		return c.command("edit configmap %s -n %s", name, namespace)
	}
	patch := fmt.Sprintf(`[{"op":"move","from":"/data/%s","path":"/data/%s"}]`, key, wanted)
	return c.command("patch configmap %s -n %s --type=json -p %s", name, namespace, cli.Quoted(strings.TrimSpace(patch)))
}
