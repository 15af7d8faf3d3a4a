package home

import (
	"cmp"
	"slices"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// dump copies the scheduler's cache: bound pods and those that are about to be, by node in
// the order of names. Nodes that are gone and still have pods are left out.
func (p *Prover) dump() []fwk.NodeInfo {
	dumped := p.sched.Cache.Dump().Nodes
	out := make([]fwk.NodeInfo, 0, len(dumped))
	for _, info := range dumped {
		if info.Node() != nil {
			out = append(out, info)
		}
	}
	slices.SortFunc(out, func(a, b fwk.NodeInfo) int { return cmp.Compare(a.Node().Name, b.Node().Name) })
	return out
}

// imagine shows plugins the cluster with what some moves bring, and without one pod. What
// they take away stays: a replacement may come before its victim has left. least is what
// the pod in question is taken to use. Nodes that differ are copies, so that the base
// stands.
func (s *Sight) imagine(moves []Move, gone *v1.Pod, least engine.Amounts) {
	changed := map[string]*framework.NodeInfo{}
	for _, one := range s.others() {
		s.change(changed, one.Node, func(info *framework.NodeInfo) { info.AddPod(one.Pod) })
	}
	for i := range moves {
		m := &moves[i]
		s.change(changed, m.Node, func(info *framework.NodeInfo) { info.AddPod(m.Replacement) })
	}
	if gone != nil {
		s.change(changed, gone.Spec.NodeName, removing(gone))
	}
	s.prover.lister.show(s.replaced(changed))
	*s.prover.whatIf = telemetry.WhatIf{Account: s.account, Beside: s.besideWith(moves), Least: least}
}

func (s *Sight) change(changed map[string]*framework.NodeInfo, node string, f func(*framework.NodeInfo)) {
	info, found := changed[node]
	if !found {
		at, known := s.find(node)
		if !known {
			return
		}
		info = s.base[at].Snapshot().(*framework.NodeInfo)
		changed[node] = info
	}
	f(info)
}

// removing takes a pod off a node. One that is not there any more has gone by itself.
func removing(pod *v1.Pod) func(*framework.NodeInfo) {
	return func(info *framework.NodeInfo) { _ = info.RemovePod(klog.Background(), pod) }
}

func (s *Sight) find(node string) (int, bool) {
	return slices.BinarySearchFunc(s.base, node, func(info fwk.NodeInfo, name string) int { return cmp.Compare(info.Node().Name, name) })
}

func (s *Sight) replaced(changed map[string]*framework.NodeInfo) []fwk.NodeInfo {
	if len(changed) == 0 {
		return s.base
	}
	out := slices.Clone(s.base)
	for i, info := range out {
		if other, found := changed[info.Node().Name]; found {
			out[i] = other
		}
	}
	return out
}

// others is what is held, but for the pod in question.
func (s *Sight) others() []*hold.Hold {
	return slices.DeleteFunc(slices.Clone(s.held), func(one *hold.Hold) bool { return one == s.own })
}

// besideWith returns what is on its way to a node beside what the account has: by moves,
// and for those whose room is held.
func (s *Sight) besideWith(moves []Move) func(string) engine.Amounts {
	coming := map[string]engine.Amounts{}
	for _, one := range s.others() {
		coming[one.Node] = coming[one.Node].Plus(one.Use.Amounts())
	}
	for i := range moves {
		coming[moves[i].Node] = coming[moves[i].Node].Plus(moves[i].Use.Amounts())
	}
	return func(node string) engine.Amounts { return coming[node] }
}
