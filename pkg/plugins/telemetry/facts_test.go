package telemetry

import (
	"testing"

	"k8s.io/kubernetes/pkg/apis/scheduling"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

func TestSystemCriticalIsWhatKubernetesCallsSo(t *testing.T) {
	if inquiry.SystemCriticalPriority != scheduling.SystemCriticalPriority {
		t.Errorf("pods are critical from %d on, and for Kubernetes from %d", inquiry.SystemCriticalPriority, scheduling.SystemCriticalPriority)
	}
}
