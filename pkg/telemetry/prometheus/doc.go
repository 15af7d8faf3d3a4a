// Package prometheus reads metrics of nodes from any server that speaks the HTTP
// API of Prometheus.
//
// A reading asks the server for its time, and then for everything else as of that
// time: each distinct value query once, and for each selector of these queries when
// its samples were measured, because an answer carries the time of the query and not
// of the sample. How queries are changed, timed, checked and joined with nodes is
// pure; only the Source talks to the server.
package prometheus

// The queries of the raw measurements of the built-in metrics, and of pods: what
// kubelets serve under /metrics/resource.
const (
	// UsedCPU gives cores.
	UsedCPU = "rate(node_cpu_usage_seconds_total[2m])"
	// UsedMemory gives bytes.
	UsedMemory = "node_memory_working_set_bytes"
	// PodCPU gives cores of each pod. A pod that is scraped twice is one pod.
	PodCPU = "max by (namespace, pod, exported_namespace, exported_pod) (rate(pod_cpu_usage_seconds_total[2m]))"
	// PodMemory gives bytes of each pod.
	PodMemory = "max by (namespace, pod, exported_namespace, exported_pod) (pod_memory_working_set_bytes)"
)
