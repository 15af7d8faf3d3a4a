package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func TestThePluginSaysOfWhichCommitItIs(t *testing.T) {
	at := slices.IndexFunc(parts, func(p part) bool { return p.name == "kubectl-telemetry" })
	p, tree := &parts[at], t.TempDir()
	if got := p.saying(t.Context(), tree); got != "" {
		t.Errorf("without git it says %q", got)
	}
	for _, line := range []string{"init -q", "-c user.name=n -c user.email=e commit -q --allow-empty -m m", "tag v1.2.3"} {
		if _, err := run(t.Context(), tree, "git", strings.Fields(line)...); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := p.saying(t.Context(), tree), " -X "+p.says+"=v1.2.3"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	root, err := testbed.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil || !strings.Contains(string(text), "-X "+p.says+"=$(VERSION)") {
		t.Errorf("make builds another one (%v)", err)
	}
}

func TestPartsAreBuiltByName(t *testing.T) {
	for name, c := range map[string]struct {
		names []string
		want  []string
		wrong string
	}{
		"in the order in which all are built": {[]string{"telemetry-scheduler", "etcd"}, []string{"etcd", "telemetry-scheduler"}, ""},
		"a name that no part has is told":     {[]string{"etcd", "etcdd"}, nil, `there is no part "etcdd"; there are etcd, kube-apiserver,`},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := named(c.names)
			var got []string
			for _, p := range found {
				got = append(got, p.name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if (err != nil) != (c.wrong != "") || err != nil && !strings.HasPrefix(err.Error(), c.wrong) {
				t.Errorf("it says %v", err)
			}
		})
	}
	if all, err := named(nil); err != nil || len(all) != len(parts) {
		t.Errorf("without a name there are %d of %d parts, %v", len(all), len(parts), err)
	}
}
