package testbed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopGrace is how long a part may take to end when asked.
const stopGrace = 10 * time.Second

// Process is one running part.
type Process struct {
	Name string
	ctx  context.Context // ends every run
	path string
	args []string
	log  string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when the present run has ended
}

// start runs a binary with its output appended to a log file. The process ends
// with ctx.
func start(ctx context.Context, dir, name, path string, args ...string) (*Process, error) {
	p := &Process{Name: name, ctx: ctx, path: path, args: args, log: filepath.Join(dir, name+".log")}
	if err := p.run(); err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the part once. When ctx is over already, that run ends at once.
func (p *Process) run() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(p.path, p.args...)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, ownGroup()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.Name, err)
	}
	done := make(chan struct{})
	p.mu.Lock()
	p.cmd, p.done = cmd, done
	p.mu.Unlock()
	forget := context.AfterFunc(p.ctx, p.Kill)
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		forget()
		close(done)
	}()
	return nil
}

func (p *Process) current() (*exec.Cmd, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd, p.done
}

func (p *Process) signal(s syscall.Signal) {
	cmd, done := p.current()
	select {
	case <-done:
	default:
		_ = syscall.Kill(-cmd.Process.Pid, s) // it may have ended meanwhile
	}
}

// Kill ends the part at once, as a crash does.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	p.Wait()
}

// Stop asks the part to end, and kills it if it does not.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
	_, done := p.current()
	select {
	case <-done:
	case <-time.After(stopGrace):
		p.Kill()
	}
}

// Pause freezes the part: its connections stay open and nobody answers.
func (p *Process) Pause() { p.signal(syscall.SIGSTOP) }

// Resume lets a paused part go on.
func (p *Process) Resume() { p.signal(syscall.SIGCONT) }

// Restart kills the part if it runs, and starts it anew.
func (p *Process) Restart() error {
	p.Kill()
	return p.run()
}

// Wait returns when the part has ended.
func (p *Process) Wait() {
	_, done := p.current()
	<-done
}

// Running reports whether the part has not ended.
func (p *Process) Running() bool {
	_, done := p.current()
	select {
	case <-done:
		return false
	default:
		return true
	}
}

// Log returns all that the part has written so far.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// tail returns the end of the log, for errors.
func (p *Process) tail() string {
	f, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Size() > 3000 {
		_, _ = f.Seek(-3000, io.SeekEnd)
	}
	text, _ := io.ReadAll(f)
	return strings.TrimSpace(string(text))
}

// untilReady waits until ready returns nil. A part that ended is an error with
// the end of its log, unless it was interrupted: then the log explains nothing.
func (p *Process) untilReady(whole context.Context, within time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(whole, within)
	defer cancel()
	err := Eventually(ctx, func(ctx context.Context) error {
		if !p.Running() {
			cancel()
			return fmt.Errorf("it ended")
		}
		return ready(ctx)
	})
	if err != nil && errors.Is(whole.Err(), context.Canceled) {
		return fmt.Errorf("waiting for %s: %w", p.Name, context.Cause(whole))
	}
	if err != nil {
		return fmt.Errorf("%s is not ready: %w\nits log ends with:\n%s", p.Name, err, p.tail())
	}
	return nil
}
