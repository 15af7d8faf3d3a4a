package marks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
		written, turned, failed := o.relabel(ctx, nodes, c, version)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("applying the labels of node %s: %w", c.Node.Name, failed))
		}
		if written != nil {
			now, done = written, append(done, turned...)
		}
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

// relabel applies labels. One that has another owner besides us, and so cannot change, keeps none
// of the others from it: an application is taken as a whole or not at all.
func (o Owner) relabel(ctx context.Context, nodes corev1client.NodeInterface, c *Change, version string) (*corev1.Node, []Turn, error) {
	now, err := o.apply(ctx, nodes, c, c.Labels, version)
	if err == nil {
		return now, c.of(Label), nil
	}
	labels, rest := c.besides(err)
	if len(rest) == 0 {
		return nil, nil, err
	}
	now, failed := o.apply(ctx, nodes, c, labels, version)
	if failed != nil {
		return nil, nil, failed
	}
	return now, rest, err
}

func (o Owner) apply(ctx context.Context, nodes corev1client.NodeInterface, c *Change, labels map[string]string, version string) (*corev1.Node, error) {
	wanted := applycorev1.Node(c.Node.Name).WithUID(types.UID(c.Node.UID)).WithResourceVersion(version).WithLabels(labels)
	return nodes.Apply(ctx, wanted, metav1.ApplyOptions{FieldManager: string(o)})
}

// besides returns the labels and turns of a change but for those that other owners keep as
// they are; no turn where an error is not about these.
func (c *Change) besides(err error) (labels map[string]string, rest []Turn) {
	labels, kept := maps.Clone(c.Labels), map[string]bool{}
	for key := range c.Labels {
		if isAbout(err, key) {
			labels[key], kept[key] = c.Node.Labels[key], true
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return labels, slices.DeleteFunc(c.of(Label), func(t Turn) bool { return kept[t.Key.Key] })
}

// isAbout reports whether an error names a label.
func isAbout(err error, key string) bool {
	var of apierrors.APIStatus
	return errors.As(err, &of) && of.Status().Details != nil && slices.ContainsFunc(of.Status().Details.Causes, func(cause metav1.StatusCause) bool {
		return cause.Type == metav1.CauseTypeFieldManagerConflict && cause.Field == ".metadata.labels."+key
	})
}
