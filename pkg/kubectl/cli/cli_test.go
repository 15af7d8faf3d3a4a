package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
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
