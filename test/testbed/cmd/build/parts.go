package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tools is the folder of the module that pins the real parts.
const tools = "test/testbed/tools"

// ldflags leave debug information out, and have Kubernetes, and what is built from
// it, say which version it is.
const ldflags = "-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2"

// part is one thing in bin/.
type part struct {
	name string
	// pkg is the package of a pinned part; empty for what is made otherwise.
	pkg string
	// module is the folder of the module that pins it; tools by default. What cannot live
	// with the versions of the others has one of its own.
	module string
	// tags leave out what nobody here needs; those of the plugin are the Makefile's.
	tags string
	// version is what the part is to say of itself, for those whose readers care: a
	// build of a module does not tell it.
	version string
	// own is the package of our own program, and says the variable that holds which version
	// it says it is.
	own, says string
	// typical is how long a cold build takes on two cores.
	typical time.Duration
	stamp   string
}

var parts = []part{
	{name: "etcd", pkg: "go.etcd.io/etcd/server/v3", typical: 25 * time.Second},
	{name: "kube-apiserver", pkg: "k8s.io/kubernetes/cmd/kube-apiserver", typical: 200 * time.Second},
	{name: "kube-controller-manager", pkg: "k8s.io/kubernetes/cmd/kube-controller-manager", typical: 60 * time.Second},
	{name: "kubectl", pkg: "k8s.io/kubernetes/cmd/kubectl", typical: 20 * time.Second},
	{name: "kwok", pkg: "sigs.k8s.io/kwok/cmd/kwok", typical: 50 * time.Second},
	{name: "metrics-server", pkg: "sigs.k8s.io/metrics-server/cmd/metrics-server", typical: 40 * time.Second},
	{name: "prometheus", pkg: "github.com/prometheus/prometheus/cmd/prometheus", tags: "remove_all_sd", version: "3.13.0", typical: 100 * time.Second},
	{name: "node_exporter", pkg: "github.com/prometheus/node_exporter", typical: 10 * time.Second},
	{name: "custom-metrics-adapter", pkg: "sigs.k8s.io/custom-metrics-apiserver/test-adapter", typical: 15 * time.Second},
	{name: "kwok.d", typical: time.Second},
	{name: "helm3", pkg: "helm.sh/helm/v3/cmd/helm", module: "test/testbed/helm3", typical: 60 * time.Second},
	{name: "helm4", pkg: "helm.sh/helm/v4/cmd/helm", module: "test/testbed/helm4", typical: 90 * time.Second},
	{name: "promtool", pkg: "github.com/prometheus/prometheus/cmd/promtool", module: "test/testbed/promtool", tags: "remove_all_sd", version: "3.13.0", typical: 20 * time.Second},
	{name: "telemetry-scheduler", own: "./cmd/scheduler", typical: 120 * time.Second},
	{name: "kubectl-telemetry", own: "./cmd/kubectl-telemetry", says: "github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/version.built", tags: "kustomize_disable_go_plugin_support", typical: 20 * time.Second},
	{name: "example-custom-source", own: "./examples/custom-source", typical: 10 * time.Second},
	{name: "example-embed", own: "./examples/embed", typical: 10 * time.Second},
}

// pinned reports whether the part changes only with the pinned versions.
func (p *part) pinned() bool { return p.own == "" }

// in is the folder of the module that pins the part.
func (p *part) in() string { return cmp.Or(p.module, tools) }

// from identifies what a part is built from, given the pinned versions.
func (p *part) from(pins string) string {
	return strings.TrimSpace(p.name + " " + pins + " " + p.version)
}

func (p *part) ldflags() string {
	if p.version == "" {
		return ldflags
	}
	return ldflags + " -X github.com/prometheus/common/version.Version=" + p.version
}

// stampFile says what a part was built from.
func (p *part) stampFile(root string) string { return filepath.Join(root, "bin", "."+p.name+".stamp") }

func (p *part) built(root string) bool {
	_, err := os.Stat(filepath.Join(root, "bin", p.name))
	stamp, stampErr := os.ReadFile(p.stampFile(root))
	return err == nil && stampErr == nil && string(stamp) == p.stamp
}

func (p *part) make(ctx context.Context, root string) error {
	target := filepath.Join(root, "bin", p.name)
	switch {
	case p.own != "":
		_, err := run(ctx, root, "go", "build", "-trimpath", "-tags", p.tags, "-ldflags", ldflags+p.saying(ctx, root), "-o", target, p.own)
		return err
	case p.pkg == "":
		if err := kwokConfigs(ctx, root, target); err != nil {
			return err
		}
	default:
		if _, err := run(ctx, filepath.Join(root, p.in()), "go", "build", "-trimpath", "-tags", p.tags, "-ldflags", p.ldflags(), "-o", target, p.pkg); err != nil {
			return err
		}
	}
	return os.WriteFile(p.stampFile(root), []byte(p.stamp), 0o644)
}

// saying has the part say which commit it is built from, as the Makefile does. Without git it
// says nothing.
func (p *part) saying(ctx context.Context, root string) string {
	if p.says == "" {
		return ""
	}
	commit, err := run(ctx, root, "git", "describe", "--tags", "--always", "--dirty")
	if err != nil {
		return ""
	}
	return " -X " + p.says + "=" + strings.TrimSpace(string(commit))
}

// kwokConfigs takes what KWOK is configured with out of its module: how nodes and
// pods live, and what their metrics are.
func kwokConfigs(ctx context.Context, root, target string) error {
	dir, err := run(ctx, filepath.Join(root, tools), "go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for _, folder := range []string{"stage/node/fast", "stage/pod/fast", "metrics/resource", "metrics/usage"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "kustomize", folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("the module of KWOK has no files in %s (%w)", folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(target, filepath.Base(file)), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// remaining says what is left, in words that do not pretend to be exact.
func remaining(parts []part) string {
	var left time.Duration
	for _, p := range parts {
		left += p.typical
	}
	return fmt.Sprintf("(%d left, up to %v on two cores)", len(parts), left.Round(time.Second))
}
