package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// TestTheArchiveCanBePushed does what manifests/README.md says.
func TestTheArchiveCanBePushed(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	path := unpacked(t)
	entry, _ := indexOf(t, path)
	to := strings.TrimPrefix(server.URL, "http://") + "/platform/telemetry-scheduler"
	if got := crane(t, "push", string(path), to+":v0.1.0"); got != to+"@"+entry.Digest.String() {
		t.Errorf("pushed, it is %s, want the digest %s", got, entry.Digest)
	}
	for _, architecture := range architectures() {
		if said := crane(t, "config", "--platform=linux/"+architecture, to+":v0.1.0"); !strings.Contains(said, `"architecture":"`+architecture+`"`) {
			t.Errorf("for %s nodes fetch what says %s", architecture, said)
		}
	}
}

func crane(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"tool", "crane"}, args...)...).Output()
	if err != nil {
		t.Fatalf("crane %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}
