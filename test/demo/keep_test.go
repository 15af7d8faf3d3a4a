package main

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsToBeCopiedFitsANarrowTerminal(t *testing.T) {
	deep := "/home/somebody" + strings.Repeat("/a folder of a folder", 12) + "/bin"
	for _, bin := range []string{"/src/telemetry-scheduler/bin", deep} {
		dir := "/tmp/telemetry-scheduler-demo-1334549925"
		for _, line := range strings.Split(invitation(dir+"/admin.kubeconfig", bin, dir), "\n") {
			if n := utf8.RuneCountInString(line); n > narrow {
				t.Errorf("%d runes: %s", n, line)
			}
		}
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
