package engine

// Closed says which nodes rules keep pods off now.
type Closed struct {
	// By counts the nodes of each rule, in the order of Rules.
	By []int
	// Nodes counts those that some rule keeps every pod off, whatever its labels, namespace
	// and priority.
	Nodes int
}

// Closed counts the nodes that rules keep pods off now. Dry runs, paused rules and those
// that are silenced on a node keep nobody off; nor does any while the stop button says so.
func (b *Board) Closed() Closed {
	out := Closed{By: make([]int, len(b.program.rules))}
	if b.program.set.Pause.BlocksPaused(b.At) {
		return out
	}
	for slot := range b.nodes {
		closed := false
		for i := range b.program.rules {
			if r := &b.program.rules[i]; b.nodes[slot].blocks(i) && r.keepsOff() {
				out.By[i]++
				closed = closed || r.isForAllPods()
			}
		}
		if closed {
			out.Nodes++
		}
	}
	return out
}

// blocks reports whether a rule says now that the node takes no pods.
func (n *NodeBoard) blocks(rule int) bool {
	return n.blocked[rule/wordSize]>>(rule%wordSize)&1 == 1
}

func (c *compiled) keepsOff() bool { return c.Block != nil && !c.DryRun && !c.Paused }

// isForAllPods is false for rules that wait for pods of some labels, namespaces or priorities.
func (c *compiled) isForAllPods() bool {
	return c.Namespace == "" && c.Pods.Empty() && c.Namespaces.Empty() && c.MaxPodPriority == nil
}
