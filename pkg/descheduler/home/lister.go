package home

import (
	"fmt"

	schedulingv1alpha3 "k8s.io/api/scheduling/v1alpha3"
	schedulingapi "k8s.io/api/scheduling/v1beta1"
	fwk "k8s.io/kube-scheduler/framework"
)

// lister shows a copy of the cluster to plugins. Its contents change between proofs, never
// during one.
type lister struct {
	byName map[string]fwk.NodeInfo
	all    []fwk.NodeInfo
	// affine, repelling and wide are the nodes of pods with affinity terms, with required
	// anti-affinity, and with such that looks beyond the node.
	affine, repelling, wide []fwk.NodeInfo
}

var _ fwk.SharedLister = (*lister)(nil)

// show makes the lister show some nodes, in an order that does not change.
func (l *lister) show(nodes []fwk.NodeInfo) {
	l.byName = make(map[string]fwk.NodeInfo, len(nodes))
	l.all = nodes
	l.affine, l.repelling, l.wide = nil, nil, nil
	for _, n := range nodes {
		l.byName[n.Node().Name] = n
		if len(n.GetPodsWithAffinity()) > 0 {
			l.affine = append(l.affine, n)
		}
		if len(n.GetPodsWithRequiredAntiAffinity()) > 0 {
			l.repelling = append(l.repelling, n)
		}
		if len(n.GetPodsWithRequiredNonHostScopedAntiAffinity()) > 0 {
			l.wide = append(l.wide, n)
		}
	}
}

// NodeInfos implements fwk.SharedLister, as do those below.
func (l *lister) NodeInfos() fwk.NodeInfoLister { return nodeLister{l} }

func (l *lister) StorageInfos() fwk.StorageInfoLister { return l }

// IsPVCUsedByPods is asked for claims that a single pod may use: seldom.
func (l *lister) IsPVCUsedByPods(key string) bool {
	for _, n := range l.all {
		if n.GetPVCRefCounts()[key] > 0 {
			return true
		}
	}
	return false
}

// Pods of groups are placed together or not at all, and are not moved one by one: their
// groups are not to be seen here.
func (l *lister) PodGroupStates() fwk.PodGroupStateLister { return noGroups{} }

func (l *lister) PodGroups() fwk.PodGroupLister { return noPodGroups{} }

func (l *lister) CompositePodGroupStates() fwk.CompositePodGroupStateLister { return noComposites{} }

func (l *lister) CompositePodGroups() fwk.CompositePodGroupLister { return noCompositeGroups{} }

type nodeLister struct{ *lister }

func (n nodeLister) List() ([]fwk.NodeInfo, error) { return n.all, nil }

func (n nodeLister) HavePodsWithAffinityList() ([]fwk.NodeInfo, error) { return n.affine, nil }

func (n nodeLister) HavePodsWithRequiredAntiAffinityList() ([]fwk.NodeInfo, error) {
	return n.repelling, nil
}

func (n nodeLister) HavePodsWithRequiredNonHostScopedAntiAffinityList() ([]fwk.NodeInfo, error) {
	return n.wide, nil
}

func (n nodeLister) Get(name string) (fwk.NodeInfo, error) {
	if info, found := n.byName[name]; found {
		return info, nil
	}
	return nil, fmt.Errorf("there is no node %q in the copy of the cluster", name)
}

type (
	noGroups          struct{}
	noPodGroups       struct{}
	noComposites      struct{}
	noCompositeGroups struct{}
)

func (noGroups) Get(namespace, name string) (fwk.PodGroupState, error) {
	return nil, notHere(namespace, name)
}

func (noPodGroups) Get(namespace, name string) (*schedulingapi.PodGroup, error) {
	return nil, notHere(namespace, name)
}

func (noComposites) Get(namespace, name string) (fwk.CompositePodGroupState, error) {
	return nil, notHere(namespace, name)
}

func (noCompositeGroups) Get(namespace, name string) (*schedulingv1alpha3.CompositePodGroup, error) {
	return nil, notHere(namespace, name)
}

func notHere(namespace, name string) error {
	return fmt.Errorf("the group %s/%s is not in the copy of the cluster", namespace, name)
}
