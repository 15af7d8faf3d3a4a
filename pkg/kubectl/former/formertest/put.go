// Package formertest stores for tests what a leader would have stored.
package formertest

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// Put stores texts that are in force, as the state of a name.
func Put(t *testing.T, client kubernetes.Interface, namespace, name string, texts ...rulesource.GoodText) {
	t.Helper()
	var entries []state.Entry
	for _, text := range texts {
		value, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, state.Entry{Key: text.String(), Value: value})
	}
	synctest.Test(t, func(t *testing.T) {
		store := state.New(state.Options{Client: client, Namespace: namespace, Name: name, Sections: evaluator.Sections(), Recorder: &events.FakeRecorder{}})
		store.Put(evaluator.Sections()[0], entries)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := store.Run(ctx); err != nil {
			t.Fatal(err)
		}
	})
}
