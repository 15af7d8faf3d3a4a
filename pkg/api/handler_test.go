package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var update = flag.Bool("update", false, "write the examples anew")

const manifest = `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","labels":{"app":"web"}},
"spec":{"schedulerName":"telemetry-scheduler","containers":[{"name":"main","image":"shop","resources":{"limits":{"cpu":"500m","memory":"8Gi"}}}]}}`

// TestExamples keeps an answer of every kind for people to read.
func TestExamples(t *testing.T) {
	for name, tc := range map[string]struct{ request, body string }{
		"rules":       {"GET /rules", ""},
		"preferences": {"GET /preferences", ""},
		"keys":        {"GET /keys", ""},
		"phases":      {"GET /phases", ""},
		"values":      {"GET /values?node=idle&node=silent&node=warm", ""},
		"nodes":       {"GET /nodes", ""},
		"sources":     {"GET /sources", ""},
		"inflight":    {"GET /inflight", ""},
		"waiting":     {"GET /waiting", ""},
		"pod":         {"GET /pods/shop/web", ""},
		"pod-nodes":   {"GET /pods/shop/web?nodes=all", ""},
		"posted":      {"POST /pods?node=nearly&node=young", manifest},
		"giving-way":  {"GET /pods/shop/batch?node=idle", ""},
	} {
		t.Run(name, func(t *testing.T) {
			pause := rules.Pause{Silences: []rules.Silence{{Rule: rules.Key{Name: "trial"}, Node: "idle", Until: noon.Add(time.Hour), By: "ann", Why: "a new fan"}}}
			answer := newWorld(t, pause).ask(t, tc.request, tc.body)
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, answer.Body.Bytes(), "", "  "); err != nil || answer.Code != http.StatusOK {
				t.Fatalf("%d, %v: %s", answer.Code, err, answer.Body)
			}
			golden(t, filepath.Join("v1alpha1", "examples", name+".json"), pretty.String())
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestRefusals(t *testing.T) {
	for sentence, tc := range map[string]struct {
		request, body string
		change        func(*world)
		code          int
		says          string
	}{
		"a path that there is not":        {"GET /hosts", "", nil, 404, "there is no GET /telemetry-scheduler/v1alpha1/hosts; there are GET /telemetry-scheduler/v1alpha1/rules"},
		"a method that there is not":      {"DELETE /rules", "", nil, 404, "there is no DELETE"},
		"a parameter that there is not":   {"GET /rules?node=a", "", nil, 400, `there is no parameter "node" here; there are limit, continue`},
		"a parameter where there is none": {"GET /sources?limit=1", "", nil, 400, "it takes none"},
		"a limit that is none":            {"GET /rules?limit=0", "", nil, 400, `limit is "0"; write a number from 1 to 5000`},
		"a place that no answer gave":     {"GET /rules?continue=here", "", nil, 400, "continue is not one that an answer gave"},
		"a phase that there is not":       {"GET /phases?phase=hot", "", nil, 400, "write one of inactive, pending, firing, keeping"},
		"a verdict that there is not":     {"GET /pods/shop/web?nodes=all&verdict=No", "", nil, 400, "write one of Takes, Unmeasured, Broke, WouldBreak, Unknown"},
		"a verdict without nodes":         {"GET /pods/shop/web?verdict=Broke", "", nil, 400, "add nodes=all"},
		"a pod that there is not":         {"GET /pods/shop/none", "", nil, 404, `there is no pod "none" in the namespace "shop"`},
		"a body that is nothing":          {"POST /pods", "", nil, 400, "the body is empty"},
		"a field that pods have not":      {"POST /pods", strings.Replace(manifest, "containers", "conteiners", 1), nil, 400, `unknown field "spec.conteiners"`},
		"another object":                  {"POST /pods", `{"apiVersion":"v1","kind":"Service"}`, nil, 400, "the body is a Service; post one Pod, or what makes pods"},
		"one of somebody else as YAML":    {"POST /pods", "apiVersion: example.com/v1\nkind: Thing\nspec: {}\n", nil, 400, "the body is a Thing of example.com/v1; post one Pod"},
		"an object of somebody else":      {"POST /pods", `{"apiVersion":"example.com/v1","kind":"Thing"}`, nil, 400, "the body is a Thing of example.com/v1; post one Pod"},
		"several objects":                 {"POST /pods", "kind: Service\n---\nkind: Pod\n", nil, 400, "the body has 2 documents"},
		"a list":                          {"POST /pods", "- kind: Pod\n", nil, 400, "the body is not an object with fields"},
		"text that is no YAML":            {"POST /pods", "kind: Pod\nspec:\n\tcontainers: []\n", nil, 400, "the body cannot be read: yaml: line"},
		"an object of no kind":            {"POST /pods", `{"apiVersion":"v1"}`, nil, 400, "write its apiVersion and kind, such as v1 and Pod"},
		"half an object":                  {"POST /pods", "{", nil, 400, "has a mistake: unexpected end of JSON input"},
		"a value of another type":         {"POST /pods", `{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":"two"}}`, nil, 400, "spec.replicas is a string, and a Deployment has a number there"},
		"a rule that there is not":        {"GET /phases?rule=memory-above-9O", "", nil, 404, `there is no rule "memory-above-9O"; did you mean "memory-above-90"?`},
		"a node that there is not":        {"GET /phases?node=idel", "", nil, 404, `there is no node "idel"; did you mean "idle"?`},
		"no node of that name at all":     {"GET /values?node=elsewhere", "", nil, 404, `there is no node "elsewhere"; the known ones are full, idle, nearly, silent, warm, young`},
		"a metric that there is not":      {"GET /values?metric=memroy", "", nil, 404, `there is no metric "memroy"; did you mean "memory"?`},
		"a rule that nobody waits for":    {"GET /waiting?rule=hto", "", nil, 404, `there is no rule "hto"; did you mean "hot"?`},
		"a node without pods in flight":   {"GET /inflight?node=elsewhere", "", nil, 404, `there is no node "elsewhere"`},
		"a node that nobody judges":       {"GET /pods/shop/web?node=idle&node=elsewhere", "", nil, 404, `there is no node "elsewhere"`},
		"a pod without containers":        {"POST /pods", `{"apiVersion":"v1","kind":"Pod"}`, nil, 400, "spec.containers is empty"},
		"a request below nothing":         {"POST /pods", strings.Replace(manifest, "8Gi", "-8Gi", 1), nil, 400, "spec.containers[0].resources.limits[memory] is -8Gi; nobody needs less than nothing"},
		"one of the pod as a whole":       {"POST /pods", strings.Replace(manifest, `"containers"`, `"resources":{"requests":{"cpu":"-1"}},"containers"`, 1), nil, 400, "spec.resources.requests[cpu] is -1;"},
		"one of an init container":        {"POST /pods", strings.Replace(manifest, `"containers"`, `"initContainers":[{"name":"i","image":"i","resources":{"requests":{"cpu":"-1"}}}],"containers"`, 1), nil, 400, "spec.initContainers[0].resources.requests[cpu] is -1;"},
		"a body without end":              {"POST /pods", strings.Repeat(" ", mostBody+1), nil, 413, "the body may have 1048576 bytes"},
		"a replica that stands by":        {"GET /rules", "", func(w *world) { w.leading = Leader{Identity: "other_1", Renewed: noon} }, 421, "ask the leader other_1, which said so at 2026-03-01T12:00:00Z"},
		"nobody leads":                    {"GET /rules", "", func(w *world) { w.leading = Leader{} }, 503, "no replica leads"},
		"nothing is known yet":            {"GET /rules", "", func(w *world) { w.known.Store(nil) }, 503, "rules were not evaluated yet"},
		"there is no Board":               {"GET /rules", "", func(w *world) { w.opts.Oracle = telemetry.NewShared(telemetry.Options{}).Oracle(w.factory) }, 503, "rules were not evaluated yet"},
		"a bug of ours":                   {"GET /sources", "", func(w *world) { w.panics = true }, 500, "the scheduler's log says more"},
		"as many answers as there may be": {"GET /rules", "", func(w *world) { w.busy <- struct{}{}; w.busy <- struct{}{} }, 429, "are being made; ask again in a second"},
		"as many that nobody reads":       {"GET /rules", "", slowReaders, 429, "are being written; ask again in a second"},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t, rules.Pause{})
			if tc.change != nil {
				tc.change(w)
			}
			answer := w.ask(t, tc.request, tc.body)
			var status metav1.Status
			if err := json.Unmarshal(answer.Body.Bytes(), &status); err != nil {
				t.Fatalf("%v: %s", err, answer.Body)
			}
			if answer.Code != tc.code || int(status.Code) != tc.code || status.Kind != "Status" || !strings.Contains(status.Message, tc.says) {
				t.Errorf("it answers %d: %s", answer.Code, answer.Body)
			}
			if retry := answer.Header().Get("Retry-After"); (tc.code == 503 || tc.code == 429) != (retry == "1") {
				t.Errorf("Retry-After is %q", retry)
			}
		})
	}
}

// slowReaders ask as many questions as there may be answers, and do not read them until
// the test ends.
func slowReaders(w *world) {
	var asked, done sync.WaitGroup
	read := make(chan struct{})
	w.t.Cleanup(func() { close(read); done.Wait() })
	for range mostOpen { // one by one, because few are made at once
		asked.Add(1)
		done.Go(func() {
			w.Handler().ServeHTTP(slowReader{httptest.NewRecorder(), asked.Done, read}, httptest.NewRequest(http.MethodGet, v1alpha1.Prefix+"/rules", nil))
		})
		asked.Wait()
	}
}

type slowReader struct {
	http.ResponseWriter
	begun func()
	read  <-chan struct{}
}

func (r slowReader) Write(text []byte) (int, error) {
	r.begun()
	<-r.read
	return len(text), nil
}

func TestAStandbyNamesTheLeaderForPrograms(t *testing.T) {
	w := newWorld(t, rules.Pause{})
	w.leading = Leader{Identity: "other_1", Renewed: noon}
	var status metav1.Status
	if err := json.Unmarshal(w.ask(t, "GET /rules").Body.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	if status.Reason != "NotLeading" || status.Details == nil || status.Details.Name != "other_1" || status.Details.Kind != "Leader" {
		t.Errorf("the status is %+v", status)
	}
}

func TestAfterABugTheNextRequestIsAnswered(t *testing.T) {
	w := newWorld(t, rules.Pause{})
	w.panics = true
	for range mostAtOnce + 1 {
		w.ask(t, "GET /sources")
	}
	w.panics = false
	w.get(t, "/sources")
}

// TestPartsMakeTheWhole goes through long answers bit by bit.
func TestPartsMakeTheWhole(t *testing.T) {
	w := newWorld(t, rules.Pause{})
	for _, path := range []string{"/rules?x", "/preferences?x", "/keys?x", "/phases?phase=inactive&phase=firing&phase=pending", "/values?x", "/inflight?x", "/waiting?x", "/pods/shop/web?nodes=all"} {
		path = strings.TrimSuffix(path, "x")
		whole, parts, rounds := itemsOf(t, w.get(t, path)).list, []any{}, 0
		for next := ""; ; rounds++ {
			bit := itemsOf(t, w.get(t, path+"&limit=2"+next))
			parts = append(parts, bit.list...)
			if len(bit.list) > 2 {
				t.Errorf("%s: a part has %d items", path, len(bit.list))
			}
			if next = "&continue=" + bit.next; bit.next == "" {
				break
			}
		}
		if diff := cmp.Diff(whole, parts); diff != "" || len(whole) == 0 || len(whole) > 2 && rounds == 0 {
			t.Errorf("%s has %d items, and in parts others (-whole +parts):\n%s", path, len(whole), diff)
		}
	}
}

type items struct {
	list []any
	next string
}

func itemsOf(t *testing.T, text string) items {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	list, ok := answer["items"].([]any)
	if !ok {
		list, _ = answer["nodes"].([]any)
	}
	next, _ := answer["continue"].(string)
	return items{list, next}
}

func TestWhoWaitsForOneRuleIsCountedWithIt(t *testing.T) {
	var list v1alpha1.WaitingList
	if err := json.Unmarshal([]byte(newWorld(t, rules.Pause{}).get(t, "/waiting?rule=hot&limit=1")), &list); err != nil {
		t.Fatal(err)
	}
	want := []v1alpha1.WaitedFor{{Rule: "hot", Pods: 2, Since: noon.Add(-time.Hour)}}
	if diff := cmp.Diff(want, list.Rules); diff != "" || len(list.Items) != 1 || list.Continue == "" {
		t.Errorf("%d items, and by rule (-want +got):\n%s", len(list.Items), diff)
	}
}

func TestGroupsCountEveryNodeOnce(t *testing.T) {
	var verdict v1alpha1.PodVerdict
	if err := json.Unmarshal([]byte(newWorld(t, rules.Pause{}).get(t, "/pods/shop/web?nodes=all")), &verdict); err != nil {
		t.Fatal(err)
	}
	byGroup, byNode := map[string]int{}, map[string]int{}
	for _, g := range verdict.Groups {
		byGroup[g.Verdict+" "+g.Reason] = g.Nodes.Count
	}
	for _, n := range verdict.Nodes {
		byNode[n.Verdict+" "+n.Reason]++
	}
	if diff := cmp.Diff(byNode, byGroup); diff != "" || len(verdict.Nodes) != len(readings) || len(byGroup) < 5 {
		t.Errorf("%d groups (-nodes +groups):\n%s", len(byGroup), diff)
	}
}

func TestWhatIsSaidOfAPod(t *testing.T) {
	critical := strings.Replace(manifest, `"containers"`, `"priorityClassName":"system-node-critical","containers"`, 1)
	unknown := strings.Replace(manifest, `"containers"`, `"priorityClassName":"gold","containers"`, 1)
	for sentence, tc := range map[string]struct {
		request, body string
		pause         rules.Pause
		want          []string
	}{
		"who has a node":                        {"GET /pods/shop/there", "", rules.Pause{}, []string{`"node":"idle"`, "another one like it"}},
		"who will have one in a moment":         {"GET /pods/shop/coming", "", rules.Pause{}, []string{`about to be bound to idle`, "another one like it"}},
		"whose siblings are measured":           {"GET /pods/shop/web", "", rules.Pause{}, []string{`"estimate":{"cpu":{"amount":0.75,"from":"siblings"},"memory":{"amount":6442450944,"from":"siblings"}}`}},
		"whose annotation is a mistake":         {"GET /pods/shop/odd", "", rules.Pause{}, []string{`memory=-1Gi is negative"]`, `"amount":1073741824,"from":"requests"`}},
		"for whom a rule would give way":        {"GET /pods/shop/batch", "", rules.Pause{}, []string{`"givingWay":["nothing-else-runs"]`, `"leastViolating":{"node":"young"`}},
		"who asks another scheduler":            {"POST /pods", strings.Replace(strings.Replace(manifest, `"web"`, `"batch"`, 1), "telemetry-scheduler", "other", 1), rules.Pause{}, []string{`"scheduler":"other"`, `what would be with schedulerName: telemetry-scheduler`, `"leastViolating"`}},
		"whom a rule does not select":           {"GET /pods/shop/batch", "", rules.Pause{}, []string{`"governing":["memory-above-90","nothing-else-runs"]`, `"because":"PodLabels"`, `"because":"DryRun"`}},
		"whom the stop button lets through":     {"GET /pods/shop/web", "", rules.Pause{Block: true}, []string{`"governing":[]`, `"because":"StopButton"`, `"verdict":"Takes","nodes":{"count":6`}},
		"limits are requests, as by the server": {"POST /pods", manifest, rules.Pause{}, []string{`"need":{"cpu":0.5,"memory":8589934592,"pods":1}`}},
		"a class that every cluster has":        {"POST /pods", critical, rules.Pause{}, []string{`"priority":2000001000`, `"because":"SystemCritical"`}},
		"a Deployment as YAML":                  {"POST /pods", deployment("Deployment", "apps/v1"), rules.Pause{}, []string{`"namespace":"shop"`, "one pod of the template", `"need":{"cpu":0.1,"memory":2147483648,"pods":1}`, `"governing":["hot","memory-above-90"]`}},
		"a StatefulSet that has pods":           {"POST /pods", strings.Replace(deployment("StatefulSet", "apps/v1"), "name: web", "name: web, uid: web", 1), rules.Pause{}, []string{`"memory":{"amount":6442450944,"from":"siblings"}`}},
		"a ReplicaSet":                          {"POST /pods", deployment("ReplicaSet", "apps/v1"), rules.Pause{}, []string{"one pod of the template"}},
		"a DaemonSet, whose pods rules let be":  {"POST /pods", deployment("DaemonSet", "apps/v1"), rules.Pause{}, []string{`"because":"DaemonSet"`}},
		"a Job":                                 {"POST /pods", deployment("Job", "batch/v1"), rules.Pause{}, []string{"one pod of the template"}},
		"a CronJob":                             {"POST /pods", strings.Replace(deployment("CronJob", "batch/v1"), "spec: {", "spec: {jobTemplate: {spec: {", 1) + "}}", rules.Pause{}, []string{"one pod of the template", `"namespace":"shop"`}},
		"a class that nobody here knows":        {"POST /pods", unknown, rules.Pause{}, []string{"priority class gold is not known here", `"priority":0`}},
	} {
		t.Run(sentence, func(t *testing.T) {
			answer := newWorld(t, tc.pause).ask(t, tc.request, tc.body)
			for _, want := range tc.want {
				if !strings.Contains(answer.Body.String(), want) {
					t.Errorf("%d: there is no %s in %s", answer.Code, want, answer.Body)
				}
			}
		})
	}
}

// deployment is a manifest of what makes pods.
func deployment(kind, version string) string {
	return "apiVersion: " + version + "\nkind: " + kind + "\nmetadata: {namespace: shop, name: web}\nspec: {template: {metadata: {labels: {app: web}}, spec: {schedulerName: telemetry-scheduler," +
		" containers: [{name: main, image: shop, resources: {requests: {memory: 2Gi}}}]}}}"
}

func TestEveryExemptionHasWords(t *testing.T) {
	for because, words := range exemptions {
		if because == "" || words == "" {
			t.Errorf("%q means %q", because, words)
		}
	}
	if len(exemptions) != 11 {
		t.Errorf("there are words for %d exemptions", len(exemptions))
	}
}

func TestLargeAnswersAreZipped(t *testing.T) {
	w := newWorld(t, rules.Pause{})
	long := slices.Repeat([]rules.Mistake{{File: "a/b/c.yaml", Message: strings.Repeat("long ", 100)}}, 500)
	request := httptest.NewRequest(http.MethodGet, v1alpha1.Prefix+"/rules", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	answer := httptest.NewRecorder()
	w.Know(w, wordy{w, long})
	w.Handler().ServeHTTP(answer, request)
	if got := answer.Header().Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("the encoding is %q", got)
	}
	plain, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var list v1alpha1.RuleList
	if err := json.NewDecoder(plain).Decode(&list); err != nil || len(list.Pause.Mistakes) != 500 {
		t.Errorf("%v; the answer has %d mistakes", err, len(list.Pause.Mistakes))
	}
}

func TestAnswersHaveABound(t *testing.T) {
	w := newWorld(t, rules.Pause{})
	w.Know(w, wordy{w, []rules.Mistake{{Message: strings.Repeat("x", mostAnswer)}}})
	if answer := w.ask(t, "GET /rules"); answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("it answers %d with %d bytes", answer.Code, answer.Body.Len())
	}
}

func TestTheSchemaIsServed(t *testing.T) {
	if got := newWorld(t, rules.Pause{}).get(t, "/schema"); !strings.Contains(got, fmt.Sprintf("%q", v1alpha1.APIVersion)) {
		t.Errorf("the schema is %.200s", got)
	}
}
