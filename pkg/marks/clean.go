package marks

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/pager"
)

// Cleaner holds the lease of those who mark nodes while nobody may: during a cleanup, and for
// two minutes afterwards.
const Cleaner = "cleanup"

// rounds bounds how often Clean looks for what is left.
const rounds = 5

// Clean takes everything of an owner away from all nodes, and returns from how many. Nobody may
// mark meanwhile. It needs no rules, no state and no scheduler. An error names what is left.
func Clean(ctx context.Context, nodes corev1client.NodeInterface, o Owner) (cleaned int, err error) {
	for i := 0; ; i++ {
		left, err := carriers(ctx, nodes, o)
		switch {
		case err != nil || len(left) == 0:
			return cleaned, err
		case i == rounds:
			return cleaned, fmt.Errorf("%d nodes changed under it %d times in a row; run it again", len(left), rounds)
		}
		changes, _ := Plan(Input{Owner: o, Nodes: left})
		var failed []error
		for i := range changes {
			switch _, _, err := o.write(ctx, nodes, &changes[i]); {
			case err == nil:
				cleaned++
			case !apierrors.IsConflict(err) && !apierrors.IsNotFound(err):
				failed = append(failed, err)
			}
		}
		if err := errors.Join(failed...); err != nil {
			return cleaned, err
		}
	}
}

// carriers returns the nodes that have something of an owner.
func carriers(ctx context.Context, nodes corev1client.NodeInterface, o Owner) (out []*Node, err error) {
	list := pager.New(func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
		return nodes.List(ctx, opts)
	})
	err = list.EachListItem(ctx, metav1.ListOptions{}, func(obj runtime.Object) error {
		if n := o.see(obj.(*corev1.Node)); o.carries(n) {
			out = append(out, n)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	return out, nil
}
