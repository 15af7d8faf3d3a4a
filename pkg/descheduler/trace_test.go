package descheduler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/klog/v2/ktesting"
)

// traced has a town whose spans are kept.
func traced(kept *tracetest.SpanRecorder) func(*town) {
	return func(w *town) {
		w.tracer = trace.NewTracerProvider(trace.WithSpanProcessor(kept)).Tracer("")
	}
}

// tree lists the spans of the trace that has a span of this name, each after the one that it
// is a part of.
func tree(spans []trace.ReadOnlySpan, name string) (out []string) {
	at := slices.IndexFunc(spans, func(s trace.ReadOnlySpan) bool { return s.Name() == name })
	if at < 0 {
		return nil
	}
	names := map[string]string{}
	for _, s := range spans {
		names[s.SpanContext().SpanID().String()] = s.Name()
	}
	for _, s := range spans {
		if s.SpanContext().TraceID() == spans[at].SpanContext().TraceID() {
			out = append(out, strings.TrimPrefix(names[s.Parent().SpanID().String()]+"/"+s.Name(), "/"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func attributesOf(spans []trace.ReadOnlySpan, name string) map[string]string {
	out := map[string]string{}
	for _, s := range spans {
		if s.Name() != name {
			continue
		}
		for _, a := range s.Attributes() {
			out[string(a.Key)] = a.Value.String()
		}
	}
	return out
}

func TestAMoveIsOneTraceFromThePlanToTheOutcome(t *testing.T) {
	kept := tracetest.NewSpanRecorder()
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(30 * time.Second)
		w.want("spans", tree(kept.Ended(), "verify"),
			[]string{"evict", "evict/move", "evict/plan", "evict/record", "gate/prove", "move/act", "move/gate", "move/verify", "plan/prove"})
		w.want("the move", attributesOf(kept.Ended(), "move"), map[string]string{
			"k8s.namespace.name": "shop", "k8s.pod.name": "a", "k8s.pod.uid": "uid-a", "k8s.node.name": "hot",
			"telemetry_scheduler.home": "cool", "telemetry_scheduler.rules": `["memory-above-90"]`, "telemetry_scheduler.reason": "",
		})
		w.want("the outcome", attributesOf(kept.Ended(), "verify")["telemetry_scheduler.outcome"], "Relieved")
	}, traced(kept))
}

func TestAMoveThatIsRefusedIsTracedWithWhy(t *testing.T) {
	kept := tracetest.NewSpanRecorder()
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.want("the reason", attributesOf(kept.Ended(), "move")["telemetry_scheduler.reason"], "Throttled")
		for _, s := range kept.Ended() {
			if s.Name() == "act" && s.Status().Code != codes.Error {
				t.Errorf("the call has the status %v", s.Status())
			}
		}
		w.want("what is kept for later", len(w.traced), 0)
	}, traced(kept), answering(apierrors.NewTooManyRequestsError("try again later")))
}

func TestAMoveOfAnEarlierLeaderEndsInATraceOfItsOwn(t *testing.T) {
	kept := tracetest.NewSpanRecorder()
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.restart()
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(time.Minute)
		w.want("spans", tree(kept.Ended(), "verify"), []string{"verify"})
	}, traced(kept))
}

// TestTheLogTellsOfEachDecision: one line for what was decided, and one for how it went.
func TestTheLogTellsOfEachDecision(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(30 * time.Second)
		got := map[string]string{}
		for _, line := range w.log.GetSink().(ktesting.Underlier).GetBuffer().Data() {
			var keys []string
			for i := 0; i+1 < len(line.ParameterKVList); i += 2 {
				keys = append(keys, fmt.Sprint(line.ParameterKVList[i]))
			}
			got[line.Message] = strings.Join(keys, " ")
		}
		w.want("lines at -v=2, with their keys", cmp.Diff(map[string]string{
			"An eviction was decided": "pod node home rules dryRun reason says",
			"A move of a pod ended":   "pod node home landed outcome predicted observed resource",
		}, got), "")
	})
}
