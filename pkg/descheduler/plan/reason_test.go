package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

func TestEveryReasonHasASentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 1 // the empty one
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		count++
		value, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if name := spec.Names[0].Name; name != value || sentences[Reason(value)] == "" {
			t.Errorf("%s is %q and says %q: the value is the name, and sentences.go has a line for it", name, value, Reason(value).Sentence())
		}
		return true
	})
	if count != len(sentences) {
		t.Errorf("%d reasons have %d sentences", count, len(sentences))
	}
	if got := Reason("FromANewerVersion").Sentence(); got != "FromANewerVersion" {
		t.Errorf("a reason of a newer version says %q", got)
	}
}
