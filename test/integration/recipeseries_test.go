package integration

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

// exposed is what the exporter of a path says so many seconds after the beginning: the
// first node stalls and has a hot GPU, the second draws least, and the third is cheap.
func (s *recipes) exposed(path string, seconds float64) string {
	name := s.pool.Name
	switch path {
	case "/node-exporter/0":
		return fmt.Sprintf("node_pressure_memory_stalled_seconds_total %f\nnode_pressure_memory_waiting_seconds_total %f\n", seconds*0.1, seconds*0.3)
	case "/kepler":
		return kepler(name(0), 90, 110) + kepler(name(1), 40) + kepler(name(2), 120)
	case "/opencost":
		return price(name(0), 0.12) + price(name(1), 0.12) + price(name(2), 0.04)
	case "/dcgm":
		return gpus(name(0), 61, 91) + gpus(name(1), 55, 55) + gpus(name(2), 58, 40)
	}
	return "node_pressure_memory_stalled_seconds_total 0\nnode_pressure_memory_waiting_seconds_total 0\n"
}

// kepler is what Kepler says of a node with so many packages, and of its memory, which is
// no package.
func kepler(node string, watts ...float64) string {
	text := fmt.Sprintf("kepler_node_cpu_watts{node_name=%q,zone=\"dram\",path=\"/sys/class/powercap/intel-rapl:0:0\"} 500\n", node)
	for i, w := range watts {
		text += fmt.Sprintf("kepler_node_cpu_watts{node_name=%q,zone=\"package\",path=\"/sys/class/powercap/intel-rapl:%d\"} %v\n", node, i, w)
	}
	return text
}

func price(node string, perHour float64) string {
	return fmt.Sprintf("node_total_hourly_cost{node=%[1]q,instance=%[1]q,instance_type=\"m7i.large\",region=\"eu-west-1\"} %[2]v\n", node, perHour)
}

// gpus is what DCGM says of a node's GPUs, each of which a pod uses.
func gpus(node string, celsius ...int) (text string) {
	for i, c := range celsius {
		text += fmt.Sprintf("DCGM_FI_DEV_GPU_TEMP{gpu=\"%d\",UUID=\"GPU-%s-%[1]d\",device=\"nvidia%[1]d\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=%[3]q,namespace=\"default\",pod=\"training-%[1]d\"} %[4]d\n", i, node, node, c)
	}
	return text
}

// export sends the server every second what a collector hands on of Pixie's gauge.
func (s *recipes) export(ctx context.Context) {
	go func() {
		for range time.Tick(time.Second) {
			if ctx.Err() != nil {
				return
			}
			for i, nanoseconds := range []float64{2e7, 8e8, 3e7} {
				s.send(ctx, gauge(s.pool.Name(i), nanoseconds, time.Now()))
			}
		}
	}()
}

// send fails silently: the rule would know nothing then.
func (s *recipes) send(ctx context.Context, otlp string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.prom.URL+"/api/v1/otlp/v1/metrics", bytes.NewBufferString(otlp))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	if answer, err := http.DefaultClient.Do(request); err == nil {
		_ = answer.Body.Close()
	}
}

// gauge is the gauge of docs/recipes/pixie.md for one node.
func gauge(node string, nanoseconds float64, at time.Time) string {
	return fmt.Sprintf(`{"resourceMetrics": [{
  "resource": {"attributes": [
    {"key": "service.name", "value": {"stringValue": "pixie"}}, {"key": "k8s.node.name", "value": {"stringValue": %q}}]},
  "scopeMetrics": [{"metrics": [{"name": "pixie.node.http.latency", "unit": "ns",
    "gauge": {"dataPoints": [{"timeUnixNano": "%d", "asDouble": %v}]}}]}]}]}`, node, at.UnixNano(), nanoseconds)
}
