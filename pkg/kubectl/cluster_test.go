package kubectl_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

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

// cluster starts an API server, and a scheduler behind it, and writes a kubeconfig for
// them:
//
//	cluster OBJECTS ANSWERS
//
// Both are folders of JSON whose files have the paths of what they hold: what the API
// server serves beside the way to the scheduler, and what the scheduler answers. A file that
// is called list has the path of its folder. A Status is an error, and an object that is null is not there. Programs that ask the clock are
// told a time two seconds after that of the examples of answers.
func cluster(script *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		script.Fatalf("usage: cluster OBJECTS ANSWERS")
	}
	world, err := asktest.New(http.StripPrefix(v1alpha1.Prefix, answers(script.MkAbs(args[1]))))
	script.Check(err)
	script.Defer(world.Close)
	script.Setenv("SCHEDULER", world.Scheduler.URL)
	objects := script.MkAbs(args[0])
	script.Check(filepath.WalkDir(objects, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		put(world, strings.TrimSuffix(strings.TrimPrefix(path, objects), "/list"), text)
		return err
	}))
	script.Setenv(clock, "2026-03-01T12:00:02Z")
	config := clientcmdapi.NewConfig()
	config.Clusters["one"] = &clientcmdapi.Cluster{Server: world.API.URL}
	config.AuthInfos["me"] = &clientcmdapi.AuthInfo{Token: "secret"}
	config.Contexts["here"] = &clientcmdapi.Context{Cluster: "one", AuthInfo: "me", Namespace: "shop"}
	config.CurrentContext = "here"
	script.Check(clientcmd.WriteToFile(*config, script.Getenv("KUBECONFIG")))
}

func put(world *asktest.World, path string, text []byte) {
	switch status := refusal(text); {
	case strings.TrimSpace(string(text)) == "null":
		world.Remove(path)
	case status != nil:
		world.Put(path, status)
	default:
		world.Put(path, json.RawMessage(text))
	}
}

// refusal is the error that stands in a file; nil where an object does.
func refusal(text []byte) *apierrors.StatusError {
	out := new(apierrors.StatusError)
	if json.Unmarshal(text, &out.ErrStatus) != nil || out.ErrStatus.Kind != "Status" {
		return nil
	}
	return out
}

// answers is a scheduler that answers from files.
func answers(folder string) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(r.URL.Path)))
		if err != nil {
			asktest.Refuse(out, apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, r.URL.Path))
			return
		}
		if status := refusal(text); status != nil {
			asktest.Refuse(out, status)
			return
		}
		var answer map[string]any
		if err := json.Unmarshal(text, &answer); err != nil {
			asktest.Refuse(out, apierrors.NewInternalError(err))
			return
		}
		for _, list := range []string{"nodes", "items"} {
			only(answer, list, r.URL.Query()["node"], list == "items" || r.URL.Query().Has("nodes"))
		}
		_ = json.NewEncoder(out).Encode(answer)
	})
}

// only leaves those of a list that are of certain nodes; where none is named, all or
// none.
func only(answer map[string]any, list string, nodes []string, all bool) {
	items, _ := answer[list].([]any)
	answer[list] = slices.DeleteFunc(items, func(item any) bool {
		node, _ := item.(map[string]any)["node"].(string)
		return !slices.Contains(nodes, node) && (len(nodes) > 0 || !all)
	})
}
