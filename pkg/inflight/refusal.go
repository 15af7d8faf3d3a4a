package inflight

// refusal says of which resources a pod's estimate is not believed.
type refusal struct{ cpu, memory bool }

// refusalOf compares an estimate with what the pod was judged by: an estimate of more
// was set aside by whoever judged the pod by its requests all the same.
func refusalOf(estimate, judged, requests Units) refusal {
	return refusal{
		cpu:    estimate.MilliCPU > judged.MilliCPU && judged.MilliCPU <= requests.MilliCPU,
		memory: estimate.Bytes > judged.Bytes && judged.Bytes <= requests.Bytes,
	}
}

// expect returns what an entry's pod counts with by its newest estimate.
func (l *Ledger) expect(e *entry) Units { return l.credible(e, l.estimate(e.pod).Units) }

// credible returns amounts without what nobody believes: beyond what its pod requests
// an entry does not count with an estimate that was refused, nor with one that its
// node could not hold at all. One pod's slip of the pen must not close a node.
func (l *Ledger) credible(e *entry, u Units) Units {
	requests, most := l.opts.Requests(e.pod), l.opts.Allocatable(e.node)
	if e.refused.cpu || most.MilliCPU > 0 && u.MilliCPU > most.MilliCPU {
		u.MilliCPU = min(u.MilliCPU, requests.MilliCPU)
	}
	if e.refused.memory || most.Bytes > 0 && u.Bytes > most.Bytes {
		u.Bytes = min(u.Bytes, requests.Bytes)
	}
	return u
}
