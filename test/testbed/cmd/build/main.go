// Command build builds the real parts that tests and the demo start into bin/,
// one after the other, with a line for each: all of them, or those that its
// arguments name. What is built already, from the same pinned modules, is left
// alone.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := build(ctx, os.Args[1:])
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted; what is built already stays in bin/")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func build(ctx context.Context, names []string) error {
	wanted, err := named(names)
	if err != nil {
		return err
	}
	root, err := testbed.Root()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, "bin"), 0o755); err != nil {
		return err
	}
	parts, err := outdated(root, wanted)
	if err != nil {
		return err
	}
	for i, p := range parts {
		fmt.Printf("[%d/%d] building %-24s %s\n", i+1, len(parts), p.name, remaining(parts[i:]))
		began := time.Now()
		if err := p.make(ctx, root); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf("[%d/%d] built    %-24s in %v\n", i+1, len(parts), p.name, time.Since(began).Round(time.Second))
	}
	return nil
}

// named returns the parts of these names, in the order in which all are built; all
// where there is no name.
func named(names []string) ([]part, error) {
	var known []string
	var out []part
	for _, p := range parts {
		known = append(known, p.name)
		if len(names) == 0 || slices.Contains(names, p.name) {
			out = append(out, p)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no part %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return out, nil
}

// outdated returns those of the parts that are to be built. Our own programs are
// always among them: Go knows best what of them changed.
func outdated(root string, parts []part) ([]part, error) {
	var out []part
	for _, p := range parts {
		pins, err := pinned(root, p.in())
		if err != nil {
			return nil, err
		}
		p.stamp = p.from(pins)
		if p.pinned() && p.built(root) {
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

// pinned identifies the versions that a module pins.
func pinned(root, module string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, module, name))
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// run runs a command whose output matters only if it fails. What it builds is built as the
// Makefile builds: a program like that of the image, and once for both.
func run(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	return out, nil
}
