package testbed

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
)

// MetricsPath is where KWOK serves the resource metrics of a node, in the format
// of kubelets.
func MetricsPath(node string) string {
	return "/metrics/nodes/" + node + "/metrics/resource"
}

// kwokConfigs are the files that `make parts` takes out of the pinned module: how
// nodes and pods live, and what their metrics are.
var kwokConfigs = []string{"node-initialize.yaml", "pod-ready.yaml", "pod-complete.yaml", "pod-delete.yaml", "metrics-resource.yaml", "usage-from-annotation.yaml"}

// startKwok starts the kubelets of all nodes.
func (b *Bed) startKwok(ctx context.Context) error {
	b.progress("KWOK")
	path, err := b.certificateKubeconfig("kwok", "kwok", "system:masters")
	if err != nil {
		return err
	}
	args := []string{
		"--kubeconfig=" + path, "--manage-all-nodes", "--node-ip=127.0.0.1", "--node-port=" + strconv.Itoa(b.kwokPort),
		"--node-lease-duration-seconds=40", "--server-address=127.0.0.1:" + strconv.Itoa(b.kwokPort),
		"--tls-cert-file=" + b.certs.serving[0], "--tls-private-key-file=" + b.certs.serving[1],
	}
	for _, name := range kwokConfigs {
		config, err := binary(filepath.Join("kwok.d", name))
		if err != nil {
			return err
		}
		args = append(args, "--config="+config)
	}
	if b.Kwok, err = b.run("kwok", "kwok", args...); err != nil {
		return err
	}
	return b.Kwok.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		return get(ctx, fmt.Sprintf("http://127.0.0.1:%d/healthz", b.kwokPort))
	})
}
