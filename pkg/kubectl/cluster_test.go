package kubectl_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask/asktest"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// clock is the variable that says when a script takes place.
const clock = "CLUSTER_TIME"

// recorded lets ages be those of the time that a script says.
func recorded(env *cli.Env) *cli.Env {
	if at, err := time.Parse(time.RFC3339, os.Getenv(clock)); err == nil {
		env.Now = func() time.Time { return at }
	}
	return env
}

// cluster starts an API server, and a scheduler that answers with the examples of its
// API, a moment after they were made. The files of the archive come before: those in api
// are answers, and those in cluster objects, or errors, of the API server. Each has the
// name of its path, and the suffix .json; what is null is not there.
func cluster(script *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		script.Fatalf("usage: cluster")
	}
	world, err := asktest.New(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) { answer(script, out, r) }))
	script.Check(err)
	script.Defer(world.Close)
	put(script, world)
	script.Check(os.WriteFile(script.Getenv("KUBECONFIG"), fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: it
contexts: [{name: it, context: {cluster: it, user: ann}}]
clusters: [{name: it, cluster: {server: '%s'}}]
users: [{name: ann, user: {token: secret}}]
`, world.API.URL), 0o600))
	script.Setenv(clock, "2026-03-01T12:00:02Z")
}

// examples is absolute: scripts run in folders of their own.
var examples, _ = filepath.Abs("../api/v1alpha1/examples")

func answer(script *testscript.TestScript, out http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, v1alpha1.Prefix)
	for _, file := range []string{script.MkAbs("api" + path + ".json"), examples + path + ".json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		out.Header().Set("Content-Type", "application/json")
		var status struct{ Code int }
		if json.Unmarshal(text, &status) == nil && status.Code != 0 {
			out.WriteHeader(status.Code)
		}
		_, _ = out.Write(text)
		return
	}
	asktest.Refuse(out, errors.NewNotFound(schema.GroupResource{}, path))
}

func put(script *testscript.TestScript, world *asktest.World) {
	root := script.MkAbs("cluster")
	_ = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		script.Check(err)
		path := strings.TrimSuffix(strings.TrimPrefix(file, root), ".json")
		if strings.TrimSpace(string(text)) == "null" {
			world.Remove(path)
			return nil
		}
		var refusal errors.StatusError
		if script.Check(json.Unmarshal(text, &refusal.ErrStatus)); refusal.ErrStatus.Kind == "Status" {
			world.Put(path, &refusal)
			return nil
		}
		world.Put(path, json.RawMessage(text))
		return nil
	})
}
