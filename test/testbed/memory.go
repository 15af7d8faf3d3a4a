package testbed

import (
	"fmt"
	"os"
	"strings"
)

// Memory is what of a process is in memory, in bytes: now, and at most since it was started.
type Memory struct{ Now, Peak float64 }

// Memory asks Linux, which alone keeps the peak.
func (p *Process) Memory() (m Memory, err error) {
	cmd, _ := p.current()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		return m, fmt.Errorf("asking for the memory of %s: %w", p.Name, err)
	}
	for line := range strings.Lines(string(text)) {
		var kB float64
		name, value, _ := strings.Cut(line, ":")
		if _, err := fmt.Sscanf(value, "%f kB", &kB); err != nil {
			continue
		}
		switch name {
		case "VmRSS":
			m.Now = kB * 1024
		case "VmHWM":
			m.Peak = kB * 1024
		}
	}
	return m, nil
}
