package testbed

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// parentOnly makes this test binary start a part, say its number, and wait for
// its own end.
const parentOnly = "TESTBED_PARENT_ONLY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentOnly); dir != "" {
		beParent(dir)
	}
	os.Exit(m.Run())
}

func beParent(dir string) {
	p, err := start(context.Background(), dir, "idle", "/bin/sh", "-c", "exec tail -f /dev/null")
	if err != nil {
		panic(err)
	}
	fmt.Println(p.cmd.Process.Pid)
	p.Wait()
}

func TestPartsEndWithAKilledParent(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	parent := exec.CommandContext(t.Context(), self)
	parent.Env = append(os.Environ(), parentOnly+"="+t.TempDir())
	out, err := parent.StdoutPipe()
	must(t, err)
	must(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	part, err := strconv.Atoi(strings.TrimSpace(line))
	must(t, err)
	must(t, parent.Process.Kill())
	_ = parent.Wait() // killed
	if err := Within(t.Context(), time.Minute, func(context.Context) error { return hasEnded(part) }); err != nil {
		t.Error(err)
		_ = syscall.Kill(part, syscall.SIGKILL)
	}
}

// hasEnded also takes a process for ended that waits for its new parent to look.
func hasEnded(pid int) error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil && !strings.Contains(string(stat), ") Z ") {
		return fmt.Errorf("part %d outlives the process that started it", pid)
	}
	return nil
}
