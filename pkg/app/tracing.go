package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/component-base/tracing"
	tracingapi "k8s.io/component-base/tracing/api/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// lastTraces bounds how long the end waits for the newest spans to be sent.
const lastTraces = time.Second

// traces are where spans go. They are sent in batches beside everything else: what nobody
// takes in time is dropped, and nobody waits for it.
type traces struct {
	tracer trace.Tracer
	end    func()
}

// newTraces connects to nobody yet. Without said nothing is traced.
func newTraces(ctx context.Context, said *args.Tracing) (*traces, error) {
	provider, err := tracing.NewProvider(ctx, tracingOf(said), nil, []resource.Option{
		resource.WithAttributes(attribute.String("service.name", component)), resource.WithHost(),
	})
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	logger := klog.FromContext(ctx).WithName("tracing")
	if said != nil {
		otel.SetErrorHandler(&traceFaults{logger: logger})
	}
	return &traces{provider.Tracer(component), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			logger.Error(err, "The last traces are lost")
		}
	}}, nil
}

func tracingOf(said *args.Tracing) *tracingapi.TracingConfiguration {
	if said == nil {
		return nil
	}
	return &tracingapi.TracingConfiguration{Endpoint: &said.Endpoint, SamplingRatePerMillion: &said.SamplingRatePerMillion}
}

// traceFaults writes down that traces cannot be sent, and not each time: a collector that is
// away is tried again with each batch.
type traceFaults struct {
	logger klog.Logger
	said   atomic.Bool
}

// Handle implements otel.ErrorHandler.
func (f *traceFaults) Handle(err error) {
	if f.said.CompareAndSwap(false, true) {
		f.logger.Error(err, "Traces cannot be sent, and are lost until they can; of later failures tells -v=4")
		return
	}
	f.logger.V(4).Info("Traces still cannot be sent", "err", err)
}
