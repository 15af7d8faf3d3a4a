package marks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// write brings a change to the API server, and returns the node as it then is. It never
// makes a node, and writes over the version alone that was looked at: nothing of what somebody
// else wrote meanwhile is lost, and a process that stood still while another took its place, or
// while a cleanup ran, brings nothing back. Taints that cannot be written do not keep labels from
// being: with an error too now is the node after what could be written, which done names, or nil.
func (o Owner) write(ctx context.Context, nodes corev1client.NodeInterface, c *Change) (now *corev1.Node, done []Turn, err error) {
	version := c.Node.Version
	if c.Retaint {
		written, failed := o.retaint(ctx, nodes, c)
		if failed != nil {
			err = fmt.Errorf("writing the taints of node %s: %w", c.Node.Name, failed)
		} else {
			now, version, done = written, written.ResourceVersion, c.of(Taint)
		}
	}
	if c.Relabel {
		written, failed := o.relabel(ctx, nodes, c, version)
		if failed != nil {
			return now, done, errors.Join(err, fmt.Errorf("applying the labels of node %s: %w", c.Node.Name, failed))
		}
		now, done = written, append(done, c.of(Label)...)
	}
	return now, done, err
}

// of returns the turns of one kind.
func (c *Change) of(kind Kind) []Turn {
	return slices.DeleteFunc(slices.Clone(c.Turns), func(t Turn) bool { return t.Kind != kind })
}

func (o Owner) retaint(ctx context.Context, nodes corev1client.NodeInterface, c *Change) (*corev1.Node, error) {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]string{"uid": c.Node.UID, "resourceVersion": c.Node.Version},
		"spec":     map[string]any{"taints": c.Taints}, // null takes the last one away
	})
	if err != nil {
		return nil, err
	}
	return nodes.Patch(ctx, c.Node.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: string(o)})
}

func (o Owner) relabel(ctx context.Context, nodes corev1client.NodeInterface, c *Change, version string) (*corev1.Node, error) {
	wanted := applycorev1.Node(c.Node.Name).WithUID(types.UID(c.Node.UID)).WithResourceVersion(version).WithLabels(c.Labels)
	return nodes.Apply(ctx, wanted, metav1.ApplyOptions{FieldManager: string(o)})
}
