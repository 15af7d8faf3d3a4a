// Package kubelet reads measured use from the kubelets themselves, at
// /metrics/resource. It needs no other component in the cluster, and shows each
// kubelet a token of an account that can do nothing else.
//
// The pieces, from the bottom: parse and meter turn text into samples and are
// pure; a visit asks one kubelet once; a Source visits all of them, and does not
// wait for those that lag behind.
package kubelet
