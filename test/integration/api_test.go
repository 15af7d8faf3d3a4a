package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestTheSchedulerAnswersWhy has one hot node and one idle one.
func TestTheSchedulerAnswersWhy(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "why")
	hot := r.addNodes(2).Name(0)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle)), "bad.yaml": "rules: 5\n"})
	crt, key, _ := r.bed.Serving()
	r.gates = append(r.gates, "--tls-cert-file="+crt, "--tls-private-key-file="+key)
	r.start(quick)
	r.use(hotMemory, hot)
	r.firing("line", 1)
	tell(t, r,
		chapter[*release]{"a pod that waits has the reasons of its Event and the numbers behind them", (*release).waitingPodIsExplained},
		chapter[*release]{"kubectl telemetry explains a pod that waits", (*release).pluginExplains},
		chapter[*release]{"a pod that is posted is judged and not made", (*release).postedPodIsJudged},
		chapter[*release]{"a pod that was just placed is in flight", (*release).placedPodIsInFlight},
		chapter[*release]{"rules, texts, phases, values and sources are told", (*release).everythingIsTold},
		chapter[*release]{"who asks is known and allowed by the API server", (*release).onlyViewersAreAnswered},
		chapter[*release]{"a viewer asks by kubectl telemetry", (*release).viewerAsksByThePlugin},
		chapter[*release]{"the questions of the documentation are answered by the schema", (*release).documentedQuestions},
		chapter[*release]{"kubectl telemetry status says what needs attention", (*release).pluginTellsStatus},
		chapter[*release]{"the page for the person on call is true", (*release).onCall},
		chapter[*release]{"no answer reads anything of the API server", (*release).answersReadNothing},
	)
}

// told reads an answer of the API.
func told[T any](r *release, path string) T {
	r.t.Helper()
	out, err := answered[T](r.t.Context(), r, path)
	r.must(err)
	return out
}

// answered is told for who waits for an answer.
func answered[T any](ctx context.Context, r *release, path string) (out T, err error) {
	text, err := r.API(ctx, path)
	if err == nil {
		err = json.Unmarshal([]byte(text), &out)
	}
	return out, err
}

func (r *release) waitingPodIsExplained() {
	hot := r.nodes(2).Name(0)
	pod := r.add(on(r.pod("kept"), hot))[0]
	event := r.waits(pod, "node(s) broke telemetry rule line")
	said := told[v1alpha1.PodVerdict](r, "/pods/default/"+pod+"?node="+hot)
	kept := 0
	for _, g := range said.Groups {
		if g.Reason == "" {
			continue
		}
		kept += g.Nodes.Count
		if want := fmt.Sprintf("%d %s", g.Nodes.Count, g.Reason); !strings.Contains(event.Note, want) {
			r.t.Errorf("the API says %q, and the Event %q", want, event.Note)
		}
	}
	if kept != 1 || len(said.Nodes) != 1 || said.Nodes[0].Node != hot || len(said.Governing) != 1 {
		r.t.Fatalf("%d nodes keep the pod off: %+v", kept, said)
	}
	n := said.Nodes[0]
	if n.Verdict != "Broke" || len(n.Comparisons) != 1 || *n.Comparisons[0].Value <= 90 || n.Comparisons[0].Threshold != 90 || *n.Headroom.Memory >= 0 {
		r.t.Errorf("of %s it says %+v", hot, n)
	}
}

func (r *release) postedPodIsJudged() {
	before := r.podCount()
	manifest := `{"apiVersion":"v1","kind":"Pod","spec":{"schedulerName":"x","containers":[{"name":"main","image":"none","resources":{"requests":{"memory":"62Gi"}}}]}}`
	text, err := r.PostAPI(r.t.Context(), "/pods?node="+r.nodes(2).Name(1), manifest)
	r.must(err)
	var said v1alpha1.PodVerdict
	r.must(json.Unmarshal([]byte(text), &said))
	if len(said.Nodes) != 1 || said.Nodes[0].Verdict != "WouldBreak" || said.Nodes[0].Comparisons[0].WithPod.Value <= 90 || !strings.Contains(said.Nodes[0].Says, "with this pod") {
		r.t.Errorf("a pod of 62 GiB on an idle node of 64: %s", text)
	}
	if after := r.podCount(); after != before {
		r.t.Errorf("there are %d pods of the release, and were %d", after, before)
	}
}

func (r *release) placedPodIsInFlight() {
	cool := r.nodes(2).Name(1)
	pod := r.add(on(r.pod("placed"), cool))[0]
	r.bound(pod)
	r.eventually(func(ctx context.Context) error { // its binding may still be on its way back
		list, err := answered[v1alpha1.InFlightList](ctx, r, "/inflight?node="+cool)
		if err != nil {
			return err
		}
		for _, p := range list.Items {
			if p.Name == pod && p.Bound && p.Estimate.Memory.From == "requests" && (p.Arrived != nil || len(p.Unseen) == 1 && p.Unseen[0].Metric == "memory") {
				return nil
			}
		}
		return fmt.Errorf("on %s are in flight %+v", cool, list.Items)
	})
}

func (r *release) podCount() (n int) {
	r.t.Helper()
	list, err := r.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(r.t.Context(), metav1.ListOptions{})
	r.must(err)
	for i := range list.Items {
		if list.Items[i].Spec.SchedulerName == "x" || list.Items[i].Spec.SchedulerName == r.name {
			n++
		}
	}
	return n
}

func (r *release) everythingIsTold() {
	rules := told[v1alpha1.RuleList](r, "/rules")
	if len(rules.Items) != 1 || rules.Items[0].Origin.File != r.name+"/rules/line.yaml" || rules.Items[0].Counts.Firing != 1 {
		r.t.Errorf("the rules are %+v", rules)
	}
	keys := told[v1alpha1.KeyList](r, "/keys")
	if len(keys.Items) != 2 || keys.Items[0].InForce != "none" || len(keys.Items[0].Mistakes) == 0 || keys.Items[1].InForce != "current" {
		r.t.Errorf("the keys are %+v", keys)
	}
	phases := told[v1alpha1.PhaseList](r, "/phases")
	if len(phases.Items) != 1 || phases.Items[0].Phase != "firing" || phases.Items[0].LastSample.IsZero() || phases.Items[0].Since.IsZero() {
		r.t.Errorf("the phases are %+v", phases)
	}
	values := told[v1alpha1.ValueList](r, "/values?metric=memory&node="+r.nodes(2).Name(0))
	if len(values.Items) != 1 || values.Items[0].Source != "metrics" || *values.Items[0].Value <= 90 || *values.Items[0].AgeSeconds > 60 {
		r.t.Errorf("the values are %+v", values)
	}
	sources := told[v1alpha1.SourceList](r, "/sources")
	if len(sources.Items) != 1 || !sources.Items[0].Up || sources.Items[0].Type != "MetricsAPI" || sources.Items[0].LastReading.IsZero() {
		r.t.Errorf("the sources are %+v", sources)
	}
}

func (r *release) onlyViewersAreAnswered() {
	token := r.token("default")
	for _, tc := range []struct {
		who, token string
		want       int
	}{
		{"nobody", "", http.StatusForbidden},
		{"somebody with a wrong token", "no token", http.StatusUnauthorized},
		{"an account without rights", token, http.StatusForbidden},
	} {
		r.wantStatus(tc.who, http.MethodGet, "/rules", tc.token, tc.want)
		r.wantStatus(tc.who, http.MethodPost, "/pods", tc.token, tc.want)
		r.wantStatus(tc.who, http.MethodGet, "/schema", tc.token, tc.want)
	}
	r.makeViewer("default")
	r.eventually(func(ctx context.Context) error { // a refusal is remembered for some seconds
		got, err := r.APIStatusFor(ctx, http.MethodGet, "/rules", token)
		if err == nil && got != http.StatusOK {
			err = fmt.Errorf("a viewer is answered %d", got)
		}
		return err
	})
	r.eventually(func(ctx context.Context) error {
		got, err := r.APIStatusFor(ctx, http.MethodPost, "/pods", token) // without a pod
		if err == nil && got != http.StatusBadRequest {
			err = fmt.Errorf("a viewer who posts nothing is answered %d", got)
		}
		return err
	})
	r.wantStatus("a viewer", http.MethodPost, "/rules", token, http.StatusForbidden)
	if got, err := r.StatusFor(r.t.Context(), "/metrics", token); got != http.StatusForbidden || err != nil {
		r.t.Errorf("a viewer is answered %d, %v by /metrics", got, err)
	}
	metrics, err := r.Metrics(r.t.Context())
	r.must(err)
	if n := metrics.Sum("telemetry_scheduler_api_requests_total", "path", "/rules", "code", "401"); n != 1 {
		r.t.Errorf("%v requests for the rules had a wrong token", n)
	}
}

func (r *release) wantStatus(who, method, path, token string, want int) {
	r.t.Helper()
	if got, err := r.APIStatusFor(r.t.Context(), method, path, token); got != want || err != nil {
		r.t.Errorf("%s %s answers %s %d, %v; want %d", method, path, who, got, err, want)
	}
}

// token is one of an account in the release's namespace.
func (r *release) token(account string) string {
	r.t.Helper()
	_, err := r.bed.ServiceAccountKubeconfig(r.t.Context(), r.name, account)
	r.must(err)
	token, err := os.ReadFile(filepath.Join(r.bed.Dir, r.name+"."+account+".token"))
	r.must(err)
	return string(token)
}

// makeViewer binds the shipped role.
func (r *release) makeViewer(account string) {
	r.t.Helper()
	_, err := r.bed.Client.RbacV1().ClusterRoleBindings().Create(r.t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: r.name + "-viewer"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: testbed.Qualified(r.name, "telemetry-scheduler-viewer")},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: r.name, Name: account}},
	}, metav1.CreateOptions{})
	r.must(err)
}

// documentedQuestions runs every line for shells that readers are shown, in one shell,
// with the names of the release, and reads the answers by the schema that it serves.
func (r *release) documentedQuestions() {
	root, err := testbed.Root()
	r.must(err)
	text, err := os.ReadFile(filepath.Join(root, "docs", "api.md"))
	r.must(err)
	_, err = r.bed.AddPod(r.t.Context(), testbed.Pod{Name: "web", Scheduler: "nobody", Change: func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{pool: r.name} }})
	r.must(err)
	r.eventually(func(ctx context.Context) error { _, err := r.API(ctx, "/pods/default/web"); return err })
	script, asked, schema := tunnelled, []string(nil), r.schema()
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		if block[1] != "sh" {
			continue
		}
		for line := range strings.Lines(r.named().Replace(block[2])) {
			if strings.HasPrefix(line, "curl ") {
				asked = append(asked, line)
				line = strings.TrimSpace(line) + fmt.Sprintf(" > answer-%d.json\n", len(asked))
			}
			script += line
		}
	}
	answers := r.t.TempDir()
	cmd := exec.CommandContext(r.t.Context(), "bash", "-exc", script)
	cmd.Dir, cmd.Env = answers, append(os.Environ(), "KUBECONFIG="+r.bed.Kubeconfig, "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	host, _ := os.Hostname()
	if want := "a tunnel to -n " + r.name + " pod/" + host + " 10260\n"; err != nil || !strings.Contains(string(out), want) {
		r.t.Fatalf("%v; it says, and should say %q:\n%s", err, want, out)
	}
	for i, line := range asked {
		text, err := os.ReadFile(filepath.Join(answers, fmt.Sprintf("answer-%d.json", i+1)))
		r.must(err)
		var answer any
		if err := json.Unmarshal(text, &answer); err != nil {
			r.t.Errorf("%s: %v\n%s", line, err, text)
		} else if !strings.Contains(line, "/schema") {
			r.must(schema.Validate(answer))
		}
	}
	if len(asked) < 15 {
		r.t.Errorf("only %d questions were found: the test looks in the wrong place", len(asked))
	}
}

// tunnelled stands for kubectl where it would lead into a pod: the scheduler is not in
// one. Somebody new may be refused for some seconds after the right was given.
const tunnelled = `
kubectl() { if [ "$1" = port-forward ]; then shift; echo "a tunnel to $*"; else command kubectl "$@"; fi; }
curl() { command curl --retry 10 --retry-delay 1 --retry-all-errors "$@"; }
`

// named puts the release's names into what is written for the shipped ones.
func (r *release) named() *strings.Replacer {
	nodes := r.nodes(2)
	_, _, ca := r.bed.Serving()
	return strings.NewReplacer(
		"-n telemetry-scheduler", "-n "+r.name, "=telemetry-scheduler:curious", "="+r.name+":curious",
		"clusterrolebinding curious", "clusterrolebinding "+r.name+"-curious",
		"telemetry-scheduler-viewer", testbed.Qualified(r.name, "telemetry-scheduler-viewer"),
		"https://localhost:10260/telemetry-scheduler/v1alpha1", r.APIURL(), "CA=ca.crt", "CA="+ca,
		"node-1", nodes.Name(0), "node-2", nodes.Name(1), "memory-above-90", "line",
	)
}

func TestAReplicaThatStandsByNamesTheLeader(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "standby")
	leader, other := r.replicas(quick)
	lease, err := r.bed.Client.CoordinationV1().Leases(r.name).Get(t.Context(), testbed.SchedulerName, metav1.GetOptions{})
	r.must(err)
	r.eventually(func(ctx context.Context) error {
		_, err := other.API(ctx, "/rules")
		if err == nil {
			t.Fatal("the replica that stands by answers")
		}
		if !strings.Contains(err.Error(), "421") || !strings.Contains(err.Error(), *lease.Spec.HolderIdentity) {
			return err
		}
		return nil
	})
	_, err = leader.API(t.Context(), "/rules")
	r.must(err)
	leader.Kill()
	r.eventually(func(ctx context.Context) error { _, err := other.API(ctx, "/rules"); return err })
}
