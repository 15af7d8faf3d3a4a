package checks

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	fakediscovery "k8s.io/client-go/discovery/fake"
)

func TestVersionsFitTogether(t *testing.T) {
	at := func(git, minor, plugin string, objects ...runtime.Object) *Cluster {
		c := with(objects...)
		c.Client.Discovery().(*fakediscovery.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: git, Major: "1", Minor: minor}
		c.Kubernetes, c.Version = 37, plugin
		return c
	}
	const older = "warning: the scheduler is v0.1.0, and this program v0.2.0\nkubectl set image deployment/telemetry-scheduler -n telemetry-scheduler scheduler=r:5000/t:v0.2.0"
	examine(t, versions, map[string]patient{
		"the same version":                             {cluster: at("v1.37.2", "37", "v0.1.0", deployment("t:v0.1.0", 2))},
		"an API server that is one newer":              {cluster: at("v1.38.0", "38+", "")},
		"an API server that is older":                  {cluster: at("v1.36.1", "36", ""), want: []string{"warning: the API server is v1.36.1, and this scheduler is built from Kubernetes 1.37"}},
		"an API server that is much newer":             {cluster: at("v1.39.0", "39", ""), want: []string{"warning: the API server is v1.39.0, and this scheduler is built from Kubernetes 1.37"}},
		"a scheduler that is older than this program":  {cluster: at("v1.37.2", "37", "v0.2.0", deployment("r:5000/t:v0.1.0", 2)), want: []string{older}},
		"a digest behind the tag changes nothing":      {cluster: at("v1.37.2", "37", "v0.2.0", deployment("r:5000/t:v0.1.0@sha256:0", 2)), want: []string{older}},
		"a program that was built between releases":    {cluster: at("v1.37.2", "37", "v0.2.1-0.20260102120000-abcdef", deployment("t:v0.1.0", 2))},
		"a program of some commits behind a release":   {cluster: at("v1.37.2", "37", "v0.2.0-3-gabcdef0", deployment("t:v0.1.0", 2))},
		"a program of a commit without a release":      {cluster: at("v1.37.2", "37", "abcdef0", deployment("t:v0.1.0", 2))},
		"a program that was built in its sources":      {cluster: at("v1.37.2", "37", "(devel)", deployment("t:v0.1.0", 2))},
		"an image without a tag, of a registry's port": {cluster: at("v1.37.2", "37", "v0.2.0", deployment("r:5000/t", 2))},
	})
}
