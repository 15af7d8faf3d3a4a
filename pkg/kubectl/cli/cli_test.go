package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		err   error
		begun bool
		code  int
		said  string
	}{
		"nothing is wrong":                         {nil, true, 0, ""},
		"something was found, and printed":         {fmt.Errorf("lint: %w", ErrFindings), true, 1, ""},
		"what it needs cannot be read":             {errors.New("no such file"), true, 2, "error: no such file\n"},
		"the command line says nothing to be done": {Usagef("say %s", "what"), true, 2, "error: say what\nSee 'kubectl telemetry x --help'.\n"},
		"the command line was not understood":      {errors.New("unknown flag"), false, 2, "error: unknown flag\nSee 'kubectl telemetry x --help'.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			env := NewEnv(genericiooptions.IOStreams{ErrOut: &said})
			if tc.begun {
				env.Begin()
			}
			if code := env.Conclude("kubectl telemetry x", tc.err); code != tc.code || said.String() != tc.said {
				t.Errorf("code %d, want %d; said %q, want %q", code, tc.code, &said, tc.said)
			}
		})
	}
}

// failing is a standard output that cannot be written.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutputThatIsLostIsNoSuccess(t *testing.T) {
	full, closed := &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	for name, tc := range map[string]struct {
		lost, err error
		code      int
		said      string
	}{
		"a command that did not look":              {full, nil, 2, "error: writing to standard output: write /dev/stdout: no space left on device\n"},
		"a command that found something":           {full, ErrFindings, 2, "error: writing to standard output: write /dev/stdout: no space left on device\n"},
		"a command that looked is told once":       {full, fmt.Errorf("printing: %w", full), 2, "error: writing to standard output: write /dev/stdout: no space left on device\n"},
		"a reader that went away":                  {closed, nil, 0, ""},
		"a reader that went away from findings":    {closed, ErrFindings, 1, ""},
		"a reader that a command saw go away":      {closed, fmt.Errorf("printing: %w", closed), 0, ""},
		"a failure that has nothing to do with it": {closed, errors.New("no such file"), 2, "error: no such file\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			env := NewEnv(genericiooptions.IOStreams{Out: failing{tc.lost}, ErrOut: &said})
			env.Begin()
			fmt.Fprintln(env.Out, "a line")
			if code := env.Conclude("kubectl telemetry x", tc.err); code != tc.code || said.String() != tc.said {
				t.Errorf("code %d, want %d; said %q, want %q", code, tc.code, &said, tc.said)
			}
		})
	}
}

func TestOneValueInEveryFormat(t *testing.T) {
	value := map[string]any{"name": "a<b", "age": 3}
	table := func() *Table {
		out := &Table{Columns: []Column{{Name: "name"}, {Name: "age", Wide: true}}}
		out.Add("a<b", "3")
		return out
	}
	for format, want := range map[string]string{
		TableFormat: "NAME\na<b\n",
		WideFormat:  "NAME   AGE\na<b    3\n",
		JSONFormat:  "{\n  \"age\": 3,\n  \"name\": \"a<b\"\n}\n",
		YAMLFormat:  "age: 3\nname: a<b\n",
	} {
		t.Run(format, func(t *testing.T) {
			var o Output
			command := &cobra.Command{}
			o.AddTo(command, TableFormat, WideFormat, JSONFormat, YAMLFormat)
			if err := command.Flags().Set("output", format); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := o.Print(&out, value, table); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	if got := (Paint{on: true}).Red("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("red is %q", got)
	}
	if got := (Paint{on: true}).Bold(""); got != "" {
		t.Errorf("nothing in bold is %q", got)
	}
	if got := paintFor(new(bytes.Buffer)).Red("x"); got != "x" {
		t.Errorf("a buffer is painted: %q", got)
	}
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := paintFor(file).Red("x"); got != "x" {
		t.Errorf("a file is painted: %q", got)
	}
}

func TestAWordIsThatOfAShell(t *testing.T) {
	for word, want := range map[string]string{
		"node-7": "node-7", "team-a/rule": "team-a/rule", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'",
	} {
		if got := Quoted(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
	}
}
