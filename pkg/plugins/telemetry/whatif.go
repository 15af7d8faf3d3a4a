package telemetry

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// WhatIf is a cluster as somebody imagines it: Filter answers by it as the plugin would.
// One goroutine changes it, between the questions.
type WhatIf struct {
	// Account is what came to the nodes since its Board, which is not nil.
	Account *inflight.Account
	// Beside is what else is on its way to a node, or held for somebody there.
	Beside func(node string) engine.Amounts
	// Least is what the pod in question is taken to use, if it is expected to use less.
	Least engine.Amounts
}

// whatIf is the plugin of a framework that places no pod: it waits for nothing, wakes
// nobody, and tells nobody.
type whatIf struct {
	shared  *Shared
	pods    inquiry.Reader
	cluster *WhatIf
}

var (
	_ fwk.PreFilterPlugin = (*whatIf)(nil)
	_ fwk.FilterPlugin    = (*whatIf)(nil)
)

// WhatIf returns the constructor of a plugin that stands for ours in a framework that
// only asks. Rules never give way there: nobody is moved to a node that breaks a rule.
func (s *Shared) WhatIf(cluster *WhatIf) frameworkruntime.PluginFactory {
	return func(_ context.Context, _ runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		namespaces := handle.SharedInformerFactory().Core().V1().Namespaces().Lister()
		return &whatIf{shared: s, pods: s.reader(namespaces), cluster: cluster}, nil
	}
}

// Name implements fwk.Plugin.
func (*whatIf) Name() string { return Name }

// PreFilter finds the rules that govern the pod, and what it is judged by.
func (w *whatIf) PreFilter(_ context.Context, state fwk.CycleState, pod *v1.Pod, _ []fwk.NodeInfo) (*fwk.PreFilterResult, *fwk.Status) {
	board := w.cluster.Account.Board()
	governing := board.Govern(w.pods.Facts(pod))
	if governing.Empty() {
		return nil, fwk.NewStatus(fwk.Skip)
	}
	c := &cycle{board: board, governing: governing, account: w.cluster.Account, view: board.Glance(governing)}
	units, _ := w.shared.judgedBy(pod, c.view)
	c.units = units.AtLeast(w.cluster.Least)
	c.need = c.units.Amounts()
	state.Write(cycleKey, c)
	return nil, nil
}

// PreFilterExtensions implements fwk.PreFilterPlugin.
func (*whatIf) PreFilterExtensions() fwk.PreFilterExtensions { return nil }

// Filter says what the plugin's would say of a node with what is beside.
func (w *whatIf) Filter(_ context.Context, state fwk.CycleState, _ *v1.Pod, info fwk.NodeInfo) *fwk.Status {
	c, err := cycleOf(state)
	if err != nil {
		return fwk.AsStatus(err)
	}
	if reason, kept := c.keptOffBeside(info, w.cluster.Beside(info.Node().Name)); kept {
		return c.statuses.next(fwk.UnschedulableAndUnresolvable, c.board.Reason(reason))
	}
	return nil
}

// keptOffBeside is keptOff with something else on its way to the node, which is among what
// the pods of the node request.
func (c *cycle) keptOffBeside(info fwk.NodeInfo, beside engine.Amounts) (engine.Reason, bool) {
	node := c.view.Node(info.Node().Name)
	if node == nil {
		return c.keptOffNew(c.view, info)
	}
	var requested engine.Amounts
	if node.CountsRequests() {
		requested = requestedOn(info)
	}
	return node.KeepsOff(c.need, c.account.At(node.Slot()).Plus(beside), requested)
}

// NeedOf returns what a pod is judged by under a Board, and what made it at the top.
func (s *Shared) NeedOf(pod *v1.Pod, board *engine.Board) (inflight.Units, inflight.Owner) {
	reader := s.reader(s.sources.Load().namespaces)
	units, _ := s.judgedBy(pod, board.Glance(board.Govern(reader.Facts(pod))))
	return units, s.ownerOf(pod)
}
