package test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/scenario"
)

// tests is a file whose one expectation is what a rule of another file decides.
const tests = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
ruleFiles: [r.yaml]
nodes: [{name: a}]
series: [{metric: memory, node: a, values: 80%}]
cases: [{at: 0s, expect: [{rule: hot, phase: {a: firing}}]}]
`

// TestAFileThatCannotBeRewrittenIsLeftAlone changes a rule while the file is rewritten.
func TestAFileThatCannotBeRewrittenIsLeftAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.yaml")
	if err := os.WriteFile(name, []byte(tests), 0o644); err != nil {
		t.Fatal(err)
	}
	lines := []string{"90%", "70%", "not a share"}
	for _, meanwhile := range lines[1:] {
		line := lines[0]
		report := scenario.Run(t.Context(), name, []byte(tests), scenario.Options{ReadFile: func(string) ([]byte, error) {
			return []byte("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- {name: hot, when: {metric: memory, above: " + line + "}, actions: {block: {}}}\n"), nil
		}})
		var out bytes.Buffer
		o := &options{env: cli.NewEnv(genericiooptions.IOStreams{Out: &out})}
		line = meanwhile
		_, err := o.rewriteFile(t.Context(), name, report)
		if err == nil || errors.Is(err, cli.ErrFindings) || !strings.Contains(err.Error(), "t.yaml is left as it is") || out.Len() > 0 {
			t.Errorf("%s: error %v, printed %q", meanwhile, err, out.String())
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != tests {
			t.Errorf("%s: the file is %q, %v", meanwhile, got, err)
		}
	}
}

func TestAFileIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "inner", "t.yaml"), filepath.Join(dir, "t.yaml")
	for _, err := range []error{os.Mkdir(filepath.Dir(name), 0o755), os.WriteFile(name, []byte("old"), 0o640), os.Chmod(name, 0o640), os.Symlink("inner/t.yaml", link)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	if err := replace(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "new" {
		t.Errorf("the file is %q, %v", got, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if to, err := os.Readlink(link); err != nil || to != "inner/t.yaml" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	old := make([]byte, 10)
	if n, err := before.Read(old); err != nil || string(old[:n]) != "old" {
		t.Errorf("who reads the file meanwhile reads %q, %v", old[:n], err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("beside it there are %v, %v", left, err)
	}
}
