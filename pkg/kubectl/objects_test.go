package kubectl_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// objectStore is an API server as far as commands need one: it keeps objects and their
// versions, knows dry runs and selectors of labels, and says who asks.
type objectStore struct {
	mu      sync.Mutex
	objects map[string]*unstructured.Unstructured // by path
	version int
	// meddle is a key that somebody else writes into each object just before the next
	// update of it.
	meddle string
	// forbid is a part of the paths that nobody may ask for.
	forbid string
}

// serve is the command of scripts
//
//	objects FILE
//
// which starts a cluster with the objects of a file, and makes it that of $KUBECONFIG.
func serve(script *testscript.TestScript, _ bool, args []string) {
	c := &objectStore{objects: map[string]*unstructured.Unstructured{}}
	for _, text := range strings.Split(script.ReadFile(args[0]), "\n---\n") {
		o := new(unstructured.Unstructured)
		script.Check(yaml.Unmarshal([]byte(text), &o.Object))
		c.put(pathOf(o), o)
	}
	server := httptest.NewServer(c)
	script.Defer(server.Close)
	clusters.Store(script.Getenv("WORK"), c)
	config := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: '%s'}}]\n", server.URL)
	script.Check(os.WriteFile(script.Getenv("KUBECONFIG"), []byte(config), 0o600))
}

// clusters are those of running scripts, by their folder.
var clusters sync.Map

func clusterOf(script *testscript.TestScript) *objectStore {
	found, ok := clusters.Load(script.Getenv("WORK"))
	if !ok {
		script.Fatalf("there is no cluster yet")
	}
	return found.(*objectStore)
}

// stored is the command of scripts
//
//	stored PATH FILE
//
// which writes the data of a ConfigMap to a file; a name for which there is none writes
// nothing.
func stored(script *testscript.TestScript, _ bool, args []string) {
	c := clusterOf(script)
	c.mu.Lock()
	defer c.mu.Unlock()
	var text []byte
	if o := c.objects[args[0]]; o != nil {
		data, _, _ := unstructured.NestedMap(o.Object, "data")
		text, _ = yaml.Marshal(data) // it came as YAML
	}
	script.Check(os.WriteFile(script.MkAbs(args[1]), text, 0o600))
}

// meddle and forbid set the fields of the cluster.
func meddle(script *testscript.TestScript, _ bool, args []string) {
	c := clusterOf(script)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.meddle = args[0]
}

func forbid(script *testscript.TestScript, _ bool, args []string) {
	c := clusterOf(script)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forbid = args[0]
}

func pathOf(o *unstructured.Unstructured) string {
	plural := "/" + strings.ToLower(o.GetKind()) + "s/" + o.GetName()
	if o.GetNamespace() == "" {
		return "/api/v1" + plural
	}
	return "/api/v1/namespaces/" + o.GetNamespace() + plural
}

func (c *objectStore) put(path string, o *unstructured.Unstructured) {
	c.version++
	o.SetResourceVersion(strconv.Itoa(c.version))
	c.objects[path] = o
}

func (c *objectStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch o, path := c.objects[r.URL.Path], r.URL.Path; {
	case c.forbid != "" && strings.Contains(path, c.forbid):
		refuse(w, http.StatusForbidden, "Forbidden")
	case strings.HasSuffix(path, "/selfsubjectreviews"):
		answer(w, map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "status": map[string]any{"userInfo": map[string]any{"username": "ann"}}})
	case r.Method == http.MethodGet && o != nil:
		answer(w, o.Object)
	case r.Method == http.MethodGet && slices.Contains([]string{"configmaps", "nodes"}, path[strings.LastIndex(path, "/")+1:]):
		c.list(w, path, r.URL.Query().Get("labelSelector"))
	case r.Method == http.MethodPost || r.Method == http.MethodPut && o != nil:
		c.write(w, r, o)
	default:
		refuse(w, http.StatusNotFound, "NotFound")
	}
}

func (c *objectStore) list(w http.ResponseWriter, path, selector string) {
	wanted, err := labels.Parse(selector)
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequest")
		return
	}
	items := []any{}
	for _, name := range slices.Sorted(maps.Keys(c.objects)) {
		if o := c.objects[name]; strings.HasPrefix(name, path+"/") && wanted.Matches(labels.Set(o.GetLabels())) {
			items = append(items, o.Object)
		}
	}
	kind := map[bool]string{true: "NodeList", false: "ConfigMapList"}[strings.HasSuffix(path, "/nodes")]
	answer(w, map[string]any{"apiVersion": "v1", "kind": kind, "items": items})
}

func (c *objectStore) write(w http.ResponseWriter, r *http.Request, before *unstructured.Unstructured) {
	o, err := sent(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequest")
		return
	}
	if c.meddle != "" && before != nil {
		_ = unstructured.SetNestedField(before.Object, "true", "data", c.meddle)
		c.put(r.URL.Path, before)
		c.meddle = ""
	}
	switch {
	case before != nil && before.GetResourceVersion() != o.GetResourceVersion():
		refuse(w, http.StatusConflict, "Conflict")
		return
	case before == nil && c.objects[pathOf(o)] != nil:
		refuse(w, http.StatusConflict, "AlreadyExists")
		return
	case r.URL.Query().Get("dryRun") == "":
		c.put(pathOf(o), o)
	}
	answer(w, o.Object)
}

// sent is the object in a request, in whichever form a client writes it.
func sent(r *http.Request) (*unstructured.Unstructured, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	typed, _, err := scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		return nil, err
	}
	o, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	return &unstructured.Unstructured{Object: o}, err
}

func answer(w http.ResponseWriter, object map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object) // whoever asked may have gone
}

func refuse(w http.ResponseWriter, code int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "the server says " + reason})
}
