package chart

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

const (
	alertsFile = chart + "/files/alerts.yaml"
	runbooks   = "https://github.com/telemetry-scheduler/telemetry-scheduler/blob/main/docs/runbooks/"
)

// alerts are the rules of the file as it stands, by their names.
func alerts(t *testing.T) map[string]monitoringv1.Rule {
	t.Helper()
	var spec monitoringv1.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict([]byte(readFile(t, alertsFile)), &spec); err != nil {
		t.Fatal(err)
	}
	return byName(&spec)
}

func byName(spec *monitoringv1.PrometheusRuleSpec) map[string]monitoringv1.Rule {
	out := map[string]monitoringv1.Rule{}
	for _, g := range spec.Groups {
		for _, r := range g.Rules {
			out[r.Alert] = r
		}
	}
	return out
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anotherRelease has its own names for all that alerts speak of, and its own pages.
var anotherRelease = release{name: "batch", namespace: "platform", values: "alerts: {enabled: true, runbooks: 'https://pages.example/'}"}

// asAnother says of the other release what a test says of the one of the documentation.
func asAnother(test string) string {
	return strings.ReplaceAll(strings.ReplaceAll(test, runbooks, "https://pages.example/"), ours, "batch")
}

// ruleFile writes the rules of a release as Prometheus reads them.
func (r release) ruleFile(t *testing.T) string {
	t.Helper()
	rule := get[*monitoringv1.PrometheusRule](t, r.render(t), "PrometheusRule "+r.namespace+"/"+r.name)
	text, err := yaml.Marshal(rule.Spec)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// promtool runs tests of rules.
func promtool(t *testing.T, tests string, files ...string) {
	t.Helper()
	for i, file := range files {
		absolute, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = absolute
	}
	path := filepath.Join(t.TempDir(), "test.yaml")
	text := fmt.Sprintf("rule_files: [%s]\nevaluation_interval: 30s\n%s", strings.Join(files, ", "), tests)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "promtool", "", "test", "rules", path); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// silent has a test want no alert at any of some times.
func silent(t *testing.T, test string) string {
	t.Helper()
	var out strings.Builder
	out.WriteString(test + "  alert_rule_test:\n")
	for name := range alerts(t) {
		for minute := 1; minute <= 32; minute++ {
			fmt.Fprintf(&out, "  - {eval_time: %dm, alertname: %s}\n", minute, name)
		}
	}
	return out.String()
}

// TestAlertsFireAtTheirTime runs the tests of testdata/alerts on the file as it stands, and
// on what the chart makes of it for another release.
func TestAlertsFireAtTheirTime(t *testing.T) {
	another := anotherRelease.ruleFile(t)
	files, err := filepath.Glob("testdata/alerts/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no tests: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			test := readFile(t, file)
			if strings.HasSuffix(file, "/healthy.yaml") {
				test = silent(t, test)
			}
			promtool(t, test, alertsFile)
			promtool(t, asAnother(test), another)
		})
	}
}

// TestTwoReleasesAreToldApart has one that is healthy, and one that there is not.
func TestTwoReleasesAreToldApart(t *testing.T) {
	test := readFile(t, "testdata/alerts/healthy.yaml")
	down := readFile(t, "testdata/alerts/down.yaml")
	_, want, _ := strings.Cut(down, "there never was one, nor a target")
	_, want, _ = strings.Cut(want, "  alert_rule_test:\n")
	want, _, _ = strings.Cut(want, "\n- name")
	promtool(t, test+"  alert_rule_test:\n"+asAnother(want)+"\n", alertsFile, anotherRelease.ruleFile(t))
}

// TestThePrometheusRuleIsTheFile but for the names of the release.
func TestThePrometheusRuleIsTheFile(t *testing.T) {
	rule := get[*monitoringv1.PrometheusRule](t, usual("alerts: {enabled: true, labels: {release: prom}}").render(t), "PrometheusRule "+ours+"/"+ours)
	if rule.Labels["release"] != "prom" {
		t.Errorf("it has the labels %v", rule.Labels)
	}
	var spec monitoringv1.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict([]byte(readFile(t, alertsFile)), &spec); err != nil {
		t.Fatal(err)
	}
	if got, want := asJSON(rule.Spec), asJSON(spec); got != want {
		t.Errorf("it is\n%s\nand the file\n%s", got, want)
	}
	own := get[*monitoringv1.PrometheusRule](t, usual("schedulerName: own\nalerts: {enabled: true, job: kubelets}").render(t), "PrometheusRule "+ours+"/"+ours)
	text := asJSON(own.Spec)
	for _, want := range []string{`kube_pod_scheduler{name=\"own\"}`, `job=\"kubelets\"`, `lease=\"telemetry-scheduler\"`} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not ask for %s", want)
		}
	}
	if strings.Contains(text, `job=\"telemetry-scheduler\"`) {
		t.Error("it asks for the job of somebody else")
	}
}

// TestEveryAlertHasATestAndAPage, and what people are told.
func TestEveryAlertHasATestAndAPage(t *testing.T) {
	pages, err := filepath.Glob(root + "/docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	index := readFile(t, root+"/docs/runbooks/README.md")
	for name, rule := range alerts(t) {
		page, found := strings.CutPrefix(rule.Annotations["runbook_url"], runbooks)
		if !found || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
			t.Errorf("%s has the annotations %v", name, rule.Annotations)
		}
		if s := rule.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has the severity %q", name, s)
		}
		test := readFile(t, "testdata/alerts/"+strings.TrimSuffix(page, ".md")+".yaml")
		if !strings.Contains(test, "alertname: "+name+"}") || !strings.Contains(test, "alertname: "+name+"\n    exp_alerts:\n") {
			t.Errorf("no test has %s be silent and then fire", name)
		}
		text := readFile(t, root+"/docs/runbooks/"+page)
		for _, part := range []string{"# " + name + "\n", "\n## What users see\n", "\n## Look\n", "\n## Mend it\n", "\n## When it may be ignored\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s has no %q", page, part)
			}
		}
		if !strings.Contains(index, "[`"+name+"`]("+page+")") {
			t.Errorf("the index of the pages lacks %s", name)
		}
		pages = slices.DeleteFunc(pages, func(p string) bool { return filepath.Base(p) == page })
	}
	if len(pages) != 1 { // the index
		t.Errorf("pages of no alert: %v", pages)
	}
}

// needSomebody are the reasons of which people are told: what is in the way stays there until
// somebody does something, or looks whether he must.
var needSomebody = []plan.Reason{
	plan.Incurable, plan.NotCured, // moving pods is no cure
	plan.OwnersUnread, plan.HomesUnproved, plan.Forgotten, plan.Throttled, plan.CallFailed, plan.NotRecorded, // the API server, a right, or the state
	plan.Breaker,                                                          // the telemetry is suspected
	plan.LimitNode, plan.LimitOwner, plan.LimitNamespace, plan.LimitTotal, // the operator's
	plan.NoHome, plan.HomeTaken, plan.FewHomes, plan.PendingFirst, plan.TooManyProofs, plan.Unreached, // there is no room
	plan.NoCandidates, plan.NotEnough, plan.Unmeasured, plan.BringsNothing, // what may leave does not help
	plan.BudgetBlocked, plan.BudgetConflict, plan.BackingOff,
	// Of single pods: where one of them is why a node keeps its pods nothing else can leave.
	plan.Mirror, plan.Static, plan.DaemonSet, plan.Bare, plan.Critical, plan.Terminating, plan.Protected, plan.Priority, plan.Ignored,
	plan.EvictFalse, plan.DoNotDisrupt, plan.LocalStorage, plan.PersistentVolume, plan.SingleReplica, plan.Job, plan.ResourceClaim,
	plan.SchedulingGroup, plan.UnknownOwner, plan.OtherScheduler, plan.Young, plan.Rollout, plan.Unready, plan.ScalingDown, plan.Resizing,
}

// TestThePageHasEachReasonThatPeopleAreToldOf looks at the first column of its table.
func TestThePageHasEachReasonThatPeopleAreToldOf(t *testing.T) {
	page := readFile(t, root+"/docs/runbooks/evictions-withheld.md")
	var rows strings.Builder
	for _, row := range regexp.MustCompile(`(?m)^\| (`+"`"+`.*?) \|`).FindAllStringSubmatch(page, -1) {
		rows.WriteString(row[1])
	}
	for _, reason := range needSomebody {
		if !strings.Contains(rows.String(), "`"+string(reason)+"`") {
			t.Errorf("evictions-withheld.md does not say what to do about %s", reason)
		}
	}
}

// TestEachReasonIsToldOrLeftOutOnPurpose has whoever adds a reason decide whether people are to
// be told. Evicted is none: where pods were moved nothing is withheld.
func TestEachReasonIsToldOrLeftOutOnPurpose(t *testing.T) {
	all := regexp.MustCompile(`reason!~"([A-Za-z|]+)"`).FindAllStringSubmatch(alerts(t)["TelemetrySchedulerEvictionsWithheld"].Expr.StrVal, -1)
	if len(all) != 2 || all[0][1] != all[1][1] {
		t.Fatalf("the alert leaves out %q, want the same reasons now as when it looks back", all)
	}
	found := all[0]
	decided := slices.Clone(append(needSomebody, plan.Evicted))
	for reason := range strings.SplitSeq(found[1], "|") {
		decided = append(decided, plan.Reason(reason))
	}
	slices.Sort(decided)
	if diff := cmp.Diff(plan.Reasons(), decided); diff != "" {
		t.Errorf("reasons, and what the alert and needSomebody decide, each once (-reasons +decided):\n%s", diff)
	}
}
