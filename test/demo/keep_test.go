package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsToBeCopiedFitsANarrowTerminal(t *testing.T) {
	deep := "/home/somebody" + strings.Repeat("/a folder of a folder", 12) + "/bin"
	for _, bin := range []string{"/src/telemetry-scheduler/bin", deep} {
		dir := "/tmp/telemetry-scheduler-demo-1334549925"
		for _, line := range strings.Split(invitation(bin, dir, "https://127.0.0.1:65535", "https://127.0.0.1:65535/telemetry-scheduler/v1alpha1", "http://localhost:65535"), "\n") {
			if n := utf8.RuneCountInString(line); n > narrow {
				t.Errorf("%d runes: %s", n, line)
			}
		}
	}
}

func TestWithoutAPrometheusTheInvitationFitsAUsualTerminal(t *testing.T) {
	text := invitation("/src/bin", "/tmp/demo", "https://127.0.0.1:8", "https://127.0.0.1:7/telemetry-scheduler/v1alpha1", "")
	if n := strings.Count(text, "\n") + 1; n >= usual.height {
		t.Errorf("it has %d lines", n)
	}
}

func TestTheInvitationSaysWhereMetricsAre(t *testing.T) {
	const prom = "curl -s http://localhost:9/api/v1/query \\\n  -d query=node_memory_working_set_bytes\n"
	for name, url := range map[string]string{"the plain demo": "", "with a Prometheus": "http://localhost:9"} {
		t.Run(name, func(t *testing.T) {
			text := invitation("/bin", "/tmp/demo", "https://127.0.0.1:8", "https://127.0.0.1:7/telemetry-scheduler/v1alpha1", url)
			if !strings.Contains(text, "\nAT=https://127.0.0.1:7\nkubectl telemetry status --scheduler-url $AT\n") || !strings.Contains(text, `"$AT/telemetry-scheduler/v1alpha1/pods/default/`) {
				t.Errorf("it does not lead to the scheduler:\n%s", text)
			}
			if !strings.Contains(text, "https://127.0.0.1:8/metrics") || strings.Contains(text, prom) != (url != "") {
				t.Errorf("it says\n%s", text)
			}
		})
	}
}

func TestWhatPrometheusSaysIsRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"node":"node-00"},"value":[1.5,"3.221225472e+10"]}]}}`)
	}))
	defer server.Close()
	got, err := scraped(t.Context(), server.URL)
	if q := got["node-00"]; err != nil || len(got) != 1 || q.Value() != 30<<30 {
		t.Errorf("got %v (%v)", got, err)
	}
}

func TestAShellTakesAnExportForOneLine(t *testing.T) {
	for name, bin := range map[string]string{
		"a short path":          "/src/bin",
		"a path with spaces":    "/my projects/bin",
		"a path of two lines":   strings.Repeat("/folder", 20),
		"a path of three lines": strings.Repeat("/folder", 30),
	} {
		t.Run(name, func(t *testing.T) {
			script := "PATH=/before\n" + export("PATH", bin, ":$PATH") + "\necho \"$PATH\""
			out, err := exec.Command("/bin/sh", "-c", script).CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != bin+":/before" {
				t.Errorf("the shell has %q (%v) from\n%s", got, err, script)
			}
		})
	}
}
