package inquiry

import "k8s.io/klog/v2"

// unfit returns the nodes that the pod does not let itself be sent to.
func (q *Inquiry) unfit() map[string]bool {
	out, to := map[string]bool{}, NewDestination(klog.Background(), q.pod)
	for o := range q.view.Outlooks() {
		if node := q.oracle.Node(o.Name()); node != nil && !to.Admits(node) {
			out[node.Name] = true
		}
	}
	return out
}
