package host_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/api.txt")

// What other programs may rely on changes on purpose only: testdata/api.txt has every exported name with its signature.
func TestSurface(t *testing.T) {
	fset := token.NewFileSet()
	names, _ := filepath.Glob("*.go")
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(fset, files, "gonode/host")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	show := func(documented string, node ast.Node) {
		if strings.TrimSpace(documented) == "" {
			t.Errorf("%s: no comment says what it is", fset.Position(node.Pos()))
		}
		ast.Inspect(node, func(n ast.Node) bool { // no comments
			switch n := n.(type) {
			case *ast.GenDecl:
				n.Doc = nil
			case *ast.FuncDecl:
				n.Doc, n.Body = nil, nil
			case *ast.Field:
				n.Doc, n.Comment = nil, nil
			case *ast.ValueSpec:
				n.Doc, n.Comment = nil, nil
			case *ast.TypeSpec:
				n.Doc, n.Comment = nil, nil
			}
			return true
		})
		printer.Fprint(&out, fset, node)
		out.WriteString("\n")
	}
	values := func(all []*doc.Value) {
		for _, v := range all {
			show("the block's", v.Decl)
		}
	}
	funcs := func(all []*doc.Func) {
		for _, f := range all {
			if strings.Contains(f.Doc, "\n") || f.Name != "Error" && f.Name != "Unwrap" && f.Name != "String" {
				show(f.Doc, f.Decl)
			} else {
				show("the interface's", f.Decl)
			}
		}
	}
	values(p.Consts)
	values(p.Vars)
	funcs(p.Funcs)
	for _, typ := range p.Types {
		show(typ.Doc, typ.Decl)
		values(typ.Consts)
		values(typ.Vars)
		funcs(typ.Funcs)
		funcs(typ.Methods)
	}
	if strings.Contains(out.String(), "goja.") || strings.Contains(out.String(), "internal/") {
		t.Error("a type of the engine's is visible")
	}
	const golden = "testdata/api.txt"
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the package's surface is not that of %s; with -update it is written anew:\n%s", golden, out.String())
	}
}

// A program in a module of its own finds all packages; .ci/dependent builds and runs some.
func TestDependent(t *testing.T) {
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod") // whose dependencies become the program's own
	if err != nil {
		t.Fatal(err)
	}
	own := strings.NewReplacer("module gonode\n", "module dependent.example/program\n", "=> ./", "=> "+here+"/").Replace(string(mod)) +
		"\nrequire gonode v0.0.0\n\nreplace gonode => " + here + "\n"
	for name, text := range map[string]string{
		"go.mod": own,
		"go.sum": string(sums),
		"main.go": `package main

import "gonode/host"

func main() { host.NewEngine() }
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "list", "-deps", "-mod=readonly", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "dependent.example/program\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
