package testbed

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// NodeExporter is a running node_exporter: it measures the machine that all of this
// runs on.
type NodeExporter struct {
	*Process
	// Address is host and port.
	Address string
}

// StartNodeExporter starts node_exporter with its usual collectors.
func (b *Bed) StartNodeExporter(ctx context.Context) (*NodeExporter, error) {
	b.progress("node_exporter")
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	e := &NodeExporter{Address: fmt.Sprintf("127.0.0.1:%d", port)}
	if e.Process, err = b.run("node_exporter", "node_exporter", "--web.listen-address="+e.Address); err != nil {
		return nil, err
	}
	return e, e.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		_, err := e.Metrics(ctx)
		return err
	})
}

// Metrics reads what the exporter measures now.
func (e *NodeExporter) Metrics(ctx context.Context) (Metrics, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(answer.Body)
}
