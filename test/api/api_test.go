package api

import (
	"flag"
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the lists of what is promised")

const (
	root   = "../.."
	module = "github.com/telemetry-scheduler/telemetry-scheduler/"
)

// promise names the packages that other programs may rely on, and what of each;
// the types that these speak of belong to it, and nil is all. docs/extending.md says
// the same in words.
var promise = map[string][]string{
	"pkg/app":       nil,
	"pkg/telemetry": {"Source", "UsedCPU", "JoinAuto"},
}

func promised(t *testing.T, name string) (*pkg, []ast.Decl) {
	t.Helper()
	p, err := load(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return p, p.promised(promise[name])
}

func TestThePromisedAPIIsAsItWas(t *testing.T) {
	for name := range promise {
		t.Run(name, func(t *testing.T) {
			p, declarations := promised(t, name)
			got, file := p.list(declarations), filepath.Join("testdata", strings.ReplaceAll(name, "/", "_")+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("others rely on this API. Where the change is meant, run make generate, and say in CHANGELOG.md "+
					"what they have to change (-promised +now):\n%s", diff)
			}
		})
	}
}

// TestThePromiseIsWhole makes sure that who relies on what is promised needs nothing
// of this module besides.
func TestThePromiseIsWhole(t *testing.T) {
	names := map[string]map[string]bool{}
	for name := range promise {
		_, declarations := promised(t, name)
		names[module+name] = map[string]bool{}
		for _, d := range declarations {
			names[module+name][key(d)] = true
		}
	}
	for name := range promise {
		p, declarations := promised(t, name)
		for _, d := range declarations {
			for _, used := range p.uses(d) {
				if strings.HasPrefix(used.path, module) && !names[used.path][used.name] {
					t.Errorf("%s: %s speaks of %s.%s, which is not promised", name, key(d), used.path, used.name)
				}
			}
		}
	}
}

// use is a name of another package.
type use struct{ path, name string }

// uses are those that a declaration speaks of.
func (p *pkg) uses(d ast.Decl) (out []use) {
	ast.Inspect(d, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && p.imports[x.Name] != "" {
				out = append(out, use{p.imports[x.Name], s.Sel.Name})
			}
		}
		return true
	})
	return out
}

// TestTheListingSeesWhatMatters holds a package of one's own against its listing.
func TestTheListingSeesWhatMatters(t *testing.T) {
	dir := t.TempDir()
	source := `package p

// A is documented.
type A struct { F B; hidden int }
func (a *A) M(x int) error { return nil }
func (a *A) m() {}
type B string
const B1 B = "1"
type C struct{}
const D, d = 1, 2
func NewA() *A { return nil }
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "p_test.go"), []byte("package p\ntype T int\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	const ofA = "type A struct {\n\tF B\n\t// contains filtered or unexported fields\n}\n\nfunc (a *A) M(x int) error\n\ntype B string\n\nconst B1 B = \"1\"\n\n"
	for sentence, tc := range map[string]struct {
		roots []string
		want  string
	}{
		"one type and what it speaks of":     {[]string{"A"}, ofA + "func NewA() *A\n"},
		"a constant alone":                   {[]string{"D"}, "const D, _ = 1, 2\n"},
		"everything that the package offers": {nil, ofA + "type C struct{}\n\nconst D, _ = 1, 2\n\nfunc NewA() *A\n"},
	} {
		if diff := cmp.Diff(tc.want, p.list(p.promised(tc.roots))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sentence, diff)
		}
	}
}
