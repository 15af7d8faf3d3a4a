package checks

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

var schedulerNames = Check{Name: "scheduler-names", About: "whether somebody serves the schedulerName of each pod that waits", Look: lookAtSchedulerNames}

// unserved are the pods of one owner that name a scheduler that nobody knows.
type unserved struct {
	scheduler, namespace, kind, name string
}

func lookAtSchedulerNames(ctx context.Context, c *Cluster) ([]Finding, error) {
	pods, err := c.Pending(ctx)
	if err != nil {
		return nil, err
	}
	known, err := c.schedulers(ctx)
	if err != nil {
		return nil, err
	}
	waiting := map[unserved]int{}
	for i := range pods {
		if p := &pods[i]; !known[p.Spec.SchedulerName] && !seen(p) {
			of, err := c.owned(ctx, p)
			if err != nil {
				return nil, err
			}
			waiting[of]++
		}
	}
	var out []Finding
	for _, of := range slices.SortedFunc(maps.Keys(waiting), byName) {
		out = append(out, c.nobodyServes(of, waiting[of]))
	}
	return out, nil
}

func byName(a, b unserved) int {
	return slices.Compare([]string{a.namespace, a.kind, a.name}, []string{b.namespace, b.kind, b.name})
}

// schedulers are the names that somebody serves: the profiles of this scheduler, the
// cluster's own, and whatever calls its lease so.
func (c *Cluster) schedulers(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{corev1.DefaultSchedulerName: true, "": true}
	for _, profile := range c.Settings.Profiles {
		known[profile] = true
	}
	leases, err := c.Leases(ctx)
	for i := range leases {
		known[leases[i].Name] = true
	}
	return known, err
}

// seen reports whether some scheduler, or a gate, has said something of a pod.
func seen(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodScheduled })
}

// owned finds who makes pods like this one.
func (c *Cluster) owned(ctx context.Context, p *corev1.Pod) (unserved, error) {
	of := unserved{scheduler: p.Spec.SchedulerName, namespace: p.Namespace, kind: "pod", name: p.Name}
	owner := metav1.GetControllerOf(p)
	if owner == nil {
		return of, nil
	}
	of.kind, of.name = kinds[owner.Kind], owner.Name
	if of.kind == "" {
		of.kind = owner.Kind
	}
	if owner.Kind != "ReplicaSet" {
		return of, nil
	}
	set, err := c.Client.AppsV1().ReplicaSets(p.Namespace).Get(ctx, owner.Name, metav1.GetOptions{})
	if err != nil {
		return of, err
	}
	if above := metav1.GetControllerOf(set); above != nil && above.Kind == "Deployment" {
		of.kind, of.name = kinds[above.Kind], above.Name
	}
	return of, nil
}

// kinds are those whose pods are made anew when their template changes, as kubectl calls
// them.
var kinds = map[string]string{"Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset"}

func (c *Cluster) nobodyServes(of unserved, pods int) Finding {
	to, near := nearest(of.scheduler, c.Settings.Profiles)
	object := of.kind + "/" + of.name + " -n " + of.namespace
	f := Finding{
		Severity: Error, Object: object,
		What:   fmt.Sprintf("%s: %s names the scheduler %q, and nobody serves it", wait(pods), object, of.scheduler),
		Why:    "they wait for ever, without an Event that says so",
		Advice: fmt.Sprintf("start that scheduler, or write a name that is served: this one's are %s", few(c.Settings.Profiles)),
	}
	switch of.kind {
	default:
		f.Advice += "; the pods of a " + of.kind + " keep the name that they have, so make it anew"
		f.Look = c.waiters(of)
	case "deployment", "statefulset", "daemonset", "pod":
		f.Look = c.waiters(of)
		if near {
			c.renamed(&f, of, to)
		}
	}
	return f
}

// waiters is a command that shows the pods that wait.
func (c *Cluster) waiters(of unserved) string {
	return c.command("get pods -n %s --field-selector=status.phase=Pending", of.namespace)
}

// renamed adds the command that mends a slip in a name.
func (c *Cluster) renamed(f *Finding, of unserved, to string) {
	f.Look = ""
	switch of.kind {
	default:
		patch := fmt.Sprintf(`{"spec":{"template":{"spec":{"schedulerName":%q}}}}`, to)
		f.Mend = c.command("patch %s %s -n %s -p %s", of.kind, of.name, of.namespace, cli.Quoted(patch))
	case "pod":
		f.Advice += "; a pod's name cannot be changed, so this deletes it and makes it anew"
		f.Mend = c.command("get pod %s -n %s -o yaml", of.name, of.namespace) +
			" | sed 's/^  schedulerName: .*/  schedulerName: " + to + "/' | " + c.command("replace --force -f -")
	}
}

// nearest returns the name that differs in the fewest characters, and whether so few that
// it is most likely meant.
func nearest(name string, among []string) (to string, near bool) {
	if len(among) == 0 {
		return "", false
	}
	to = slices.MinFunc(among, func(a, b string) int { return distance(name, a) - distance(name, b) })
	return to, distance(name, to) <= max(2, len(name)/4)
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
