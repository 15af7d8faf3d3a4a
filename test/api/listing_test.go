// Package api keeps watch over the Go API that other programs may rely on: what it
// declares stands in testdata, so that no change of it goes unnoticed in review.
package api

import (
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// pkg is the exported part of one package.
type pkg struct {
	fset *token.FileSet
	doc  *doc.Package
	// imports are the paths of what its files import, by the name used there.
	imports map[string]string
	types   map[string]*doc.Type
}

// load reads a package without its tests, bodies and comments.
func load(dir string) (*pkg, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &pkg{fset: token.NewFileSet(), imports: map[string]string{}, types: map[string]*doc.Type{}}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(p.fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.addImports(file)
		files = append(files, file)
	}
	if p.doc, err = doc.NewFromFiles(p.fset, files, dir); err != nil {
		return nil, err
	}
	for _, t := range p.doc.Types {
		p.types[t.Name] = t
	}
	return p, nil
}

func (p *pkg) addImports(file *ast.File) {
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		p.imports[name] = path
	}
}

// promised returns the declarations that roots name, and those of the types that
// these speak of; all of the package without roots.
func (p *pkg) promised(roots []string) []ast.Decl {
	if roots == nil {
		roots = p.names()
	}
	var out []ast.Decl
	seen := map[ast.Decl]bool{}
	for queue := slices.Clone(roots); len(queue) > 0; queue = queue[1:] {
		for _, d := range p.declarations(queue[0]) {
			if !seen[d] {
				seen[d], out = true, append(out, d)
				queue = append(queue, p.typesIn(d)...)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b ast.Decl) int { return strings.Compare(key(a), key(b)) })
	return out
}

// names are those of all that the package exports.
func (p *pkg) names() []string {
	var out []string
	for _, v := range slices.Concat(p.doc.Consts, p.doc.Vars) {
		out = append(out, v.Names...)
	}
	for _, f := range p.doc.Funcs {
		out = append(out, f.Name)
	}
	for _, t := range p.doc.Types {
		out = append(out, t.Name)
	}
	return out
}

// declarations are those of a name: of a type also its constants, constructors and
// methods.
func (p *pkg) declarations(name string) []ast.Decl {
	var out []ast.Decl
	add := func(values []*doc.Value, funcs []*doc.Func, all bool) {
		for _, v := range values {
			if all || slices.Contains(v.Names, name) {
				out = append(out, v.Decl)
			}
		}
		for _, f := range funcs {
			if all || f.Name == name {
				out = append(out, f.Decl)
			}
		}
	}
	add(slices.Concat(p.doc.Consts, p.doc.Vars), p.doc.Funcs, false)
	if t := p.types[name]; t != nil {
		out = append(out, t.Decl)
		add(slices.Concat(t.Consts, t.Vars), slices.Concat(t.Funcs, t.Methods), true)
	}
	return out
}

// typesIn are the types of the package that a declaration speaks of.
func (p *pkg) typesIn(d ast.Decl) []string {
	var out []string
	ast.Inspect(d, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && p.types[id.Name] != nil {
			out = append(out, id.Name)
		}
		return true
	})
	return out
}

// key orders declarations by name, and methods after their type.
func key(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			return strings.TrimPrefix(text(token.NewFileSet(), d.Recv.List[0].Type), "*") + "." + d.Name.Name
		}
		return d.Name.Name
	case *ast.GenDecl:
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return s.Name.Name
		case *ast.ValueSpec:
			return s.Names[0].Name
		}
	}
	return ""
}

// list writes declarations as a reader of the documentation sees them.
func (p *pkg) list(declarations []ast.Decl) string {
	var out []string
	for _, d := range declarations {
		out = append(out, dense(text(p.fset, d)))
	}
	return strings.Join(out, "\n\n") + "\n"
}

// dense takes out the lines in which comments stood.
func dense(declaration string) string {
	source, err := format.Source([]byte(strings.ReplaceAll(declaration, "\n\n", "\n")))
	if err != nil {
		return err.Error()
	}
	return string(source)
}

func text(fset *token.FileSet, node any) string {
	var b strings.Builder
	if err := format.Node(&b, fset, node); err != nil {
		return err.Error()
	}
	return b.String()
}
