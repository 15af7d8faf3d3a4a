package checks

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/version"
)

var versions = Check{Name: "versions", About: "whether API server, scheduler and this program fit together", Look: lookAtVersions}

func lookAtVersions(ctx context.Context, c *Cluster) ([]Finding, error) {
	server, err := c.Client.Discovery().ServerVersion()
	if err != nil {
		return nil, err
	}
	out := serverFits(server.GitVersion, server.Minor, c.Kubernetes)
	d, err := c.Deployment(ctx)
	if d == nil || container(d) == nil {
		return out, err
	}
	return append(out, c.imageFits(d)...), nil
}

// serverFits holds to Kubernetes' own policy: a scheduler may be as old as the minor
// version before that of the API server, and never newer.
func serverFits(full, minor string, ours int) []Finding {
	theirs, err := strconv.Atoi(strings.TrimRight(minor, "+"))
	if err != nil || ours == 0 || theirs == ours || theirs == ours+1 {
		return nil
	}
	f := Finding{Severity: Warning, What: fmt.Sprintf("the API server is %s, and this scheduler is built from Kubernetes 1.%d", full, ours)}
	if theirs < ours {
		f.Why = "a scheduler must not be newer than its API server: it may ask for what is not there, and places no pods then"
		f.Advice = fmt.Sprintf("run a scheduler that is built from Kubernetes 1.%d, or upgrade the control plane", theirs)
	} else {
		f.Why = "a scheduler may be one minor version older than its API server, and no more: it does not know what newer pods ask for"
		f.Advice = fmt.Sprintf("run a scheduler that is built from Kubernetes 1.%d", theirs)
	}
	return []Finding{f}
}

// imageFits compares the tag of the scheduler's image with this program, where both are
// versions of a release.
func (c *Cluster) imageFits(d *appsv1.Deployment) []Finding {
	image, _, _ := strings.Cut(container(d).Image, "@")
	at := strings.LastIndexByte(image, ':')
	if at < 0 || strings.Contains(image[at:], "/") {
		return nil
	}
	theirs, err := version.ParseSemantic(image[at+1:])
	ours, err2 := version.ParseSemantic(c.Version)
	if err != nil || err2 != nil || ours.PreRelease() != "" || theirs.WithBuildMetadata("").EqualTo(ours.WithBuildMetadata("")) {
		return nil
	}
	return []Finding{{
		Severity: Warning, Object: "deployment/" + d.Name + " -n " + d.Namespace,
		What:   fmt.Sprintf("the scheduler is %s, and this program %s", image[at+1:], c.Version),
		Why:    "the two may read rules differently: what lint finds here need not be what the scheduler does",
		Advice: "run the plugin of the scheduler's release, or bring the scheduler to that of the plugin",
		Mend:   c.command("set image deployment/%s -n %s %s=%s:%s", d.Name, d.Namespace, container(d).Name, image[:at], c.Version),
	}}
}
