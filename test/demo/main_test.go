package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// only makes this test binary do one thing and end.
const only = "DEMO_ONLY"

func TestMain(m *testing.M) {
	switch os.Getenv(only) {
	case "endings":
		for _, s := range endings() {
			fmt.Println(s)
		}
	case "write":
		writeUntilNobodyReads()
	default:
		os.Exit(m.Run())
	}
}

func writeUntilNobodyReads() {
	outliveReaders()
	for {
		if _, err := fmt.Println("and so on"); err != nil {
			return
		}
	}
}

func TestTheEndOfTheTerminalEndsTheDemoUnlessItIsToOutliveIt(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inherited := signal.Ignored(syscall.SIGHUP) // whoever runs the tests may be to outlive its terminal too
	for script, want := range map[string]bool{`exec "$0"`: !inherited, `trap "" HUP; exec "$0"`: false} {
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script, self)
		cmd.Env = append(os.Environ(), only+"=endings")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(out), syscall.SIGHUP.String()); got != want {
			t.Errorf("started by %s it ends with the terminal: %v", script, got)
		}
	}
}

func TestAnInterruptionIsOneSentence(t *testing.T) {
	broke := errors.New("kube-apiserver is not ready\nand its log is long")
	if err := orInterrupted(t.Context(), broke); !errors.Is(err, broke) {
		t.Errorf("what broke by itself says %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := orInterrupted(ctx, broke); !errors.Is(err, errInterrupted) {
		t.Errorf("an interruption says %v", err)
	}
}

func TestAWriteThatNobodyReadsIsNotTheEnd(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env, cmd.Stdout = append(os.Environ(), only+"=write"), writer
	if err := cmd.Run(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestOnlyAStoryToldAndSeenIsGood(t *testing.T) {
	seen, broke := claims{{text: "a", kept: true}}, errors.New("broke off")
	for name, c := range map[string]struct {
		claims claims
		err    error
		want   error
	}{
		"all seen":                {seen, nil, nil},
		"one claim was not":       {claims{{text: "a"}}, nil, errNotSeen},
		"no claim at all":         {nil, nil, errNotSeen},
		"the story broke off":     {seen, broke, broke},
		"it broke off, with gaps": {claims{{text: "a"}}, broke, broke},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(c.claims, c.err); !errors.Is(got, c.want) {
				t.Errorf("the verdict is %v, not %v", got, c.want)
			}
		})
	}
}
