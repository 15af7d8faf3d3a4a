package evaluator

import corev1 "k8s.io/api/core/v1"

// PodNodes finds the node of a pod by the pod's address, as the loop does.
func PodNodes(pods []*corev1.Pod) func(ip string) (node string, found bool) {
	return podNodes(func() []*corev1.Pod { return pods })
}
