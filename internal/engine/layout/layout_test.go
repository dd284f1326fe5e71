package layout

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// When the engine changes, these tests name what did. All that is used of its private structures is
//
//   - what Find looks up: fields, types of values and objects, methods of the implementation of objects;
//   - the structs of mirrors.go;
//   - names of its types in string literals of the whole module: objects (engine/kind.go), instructions (program/ops.go);
//   - the functions that are linked to by name, of which links is the list.

func TestTheEngineIsAsExpected(t *testing.T) {
	if _, err := Find(goja.New()); err != nil {
		t.Error(err)
	}
}

// links are the engine's functions that are called by go:linkname, as its source declares them.
var links = map[string]string{
	"compileAST": "func(prg *js_ast.Program, strict, inGlobal bool, evalVm *vm) (p *Program, err error)",

	"(*generator).next":                    "func(v Value) (Value, resultType, *Exception)",
	"(*generator).nextThrow":               "func(v interface{}) (Value, resultType, *Exception)",
	"(*generator).enterNext":               "func()",
	"(*generator).enterNextFinallyFrame":   "func() (canContinue bool)",
	"(*generator).step":                    "func() (res Value, resultType resultType, ex *Exception)",
	"(*vm).restoreStacks":                  "func(iterLen, refLen uint32) (ex *Exception)",
	"(*vm).popCtx":                         "func()",
	"(*Runtime).getGeneratorPrototype":     "func() *Object",
	"(*Runtime).getAsyncFunctionPrototype": "func() *Object",
	"(*orderedMap).get":                    "func(key Value) Value",
	"(*orderedMap).has":                    "func(key Value) bool",
	"(*orderedMap).set":                    "func(key, value Value)",
	"(*orderedMapIter).next":               "func() *mapEntry",
	"(*iteratorRecord).iterate":            "func(step func(Value))",
	"(*classFuncObject)._initFields":       "func(instance *Object)",
	"(*Runtime).newError":                  "func(typ *Object, msg string) Value",
	"(*Runtime).getReferenceError":         "func() *Object",
	"toMethod":                             "func(v Value) func(FunctionCall) Value",
	"(*Runtime).getIterator":               "func(obj Value, method func(FunctionCall) Value) *iteratorRecord",
	"(*Runtime).getPromise":                "func() *Object",
	"(*Runtime).promiseResolve":            "func(c *Object, x Value) *Object",
	"(*Promise).addReactions":              "func(fulfillReaction *promiseReaction, rejectReaction *promiseReaction)",

	"floatToValue":                    "func(f float64) (result Value)",
	"(*Runtime).createTypedArrayCtor": "func(val *Object, ctor func(args []Value, newTarget, proto *Object) *Object, name unistring.String, bytesPerElement int) *baseObject",
	"(*Runtime)._newTypedArray":       "func(args []Value, newTarget *Object, taCtor typedArrayObjectCtor, proto *Object) *Object",
	"(*Runtime)._newTypedArrayObject": "func(buf *arrayBufferObject, offset, length, elemSize int, defCtor *Object, arr typedArray, proto *Object) *typedArrayObject",

	"(*asyncRunner).start":      "func(nArgs int)",
	"(*arrowFuncObject).vmCall": "func(vm *vm, n int)",

	"(*Runtime).newProxyObject":                   "func(target, handler, proto *Object) *proxyObject",
	"(*Runtime).getArrayIteratorPrototype":        "func() *Object",
	"(*Runtime).getMapIteratorPrototype":          "func() *Object",
	"(*Runtime).getSetIteratorPrototype":          "func() *Object",
	"(*Runtime).getStringIteratorPrototype":       "func() *Object",
	"(*Runtime).getRegExpStringIteratorPrototype": "func() *Object",
}

// ofGo are links to Go's own runtime.
var ofGo = []string{"runtime.writeBarrier", "runtime.procPin", "runtime.procUnpin"}

// samples are objects with a mirror that Find does without.
var samples = []struct {
	code, name string
	mirror     reflect.Type
}{
	{"(function () {})", "*goja.funcObject", reflect.TypeFor[FuncObject]()},
	{"({ m() {} }).m", "*goja.methodFuncObject", reflect.TypeFor[MethodFuncObject]()},
	{"() => 0", "*goja.arrowFuncObject", reflect.TypeFor[ArrowFuncObject]()},
	{"async () => 0", "*goja.asyncArrowFuncObject", reflect.TypeFor[struct{ ArrowFuncObject }]()},
	{"(class {})", "*goja.classFuncObject", reflect.TypeFor[ClassFuncObject]()},
	{"(async function () {})", "*goja.asyncFuncObject", reflect.TypeFor[FuncObject]()},
	{"(function* () {})", "*goja.generatorFuncObject", reflect.TypeFor[FuncObject]()},
	{"new Uint8Array(1)", "*goja.typedArrayObject", reflect.TypeFor[TypedArrayObject]()},
	{"new ArrayBuffer(1)", "*goja.arrayBufferObject", reflect.TypeFor[ArrayBufferObject]()},
	{"new DataView(new ArrayBuffer(1))", "*goja.dataViewObject", reflect.TypeFor[DataViewObject]()},
	{"new Map", "*goja.mapObject", reflect.TypeFor[MapObject]()},
	{"new Set", "*goja.setObject", reflect.TypeFor[SetObject]()},
	{"new Map().entries()", "*goja.mapIterObject", reflect.TypeFor[MapIterObject]()},
	{"new Set().values()", "*goja.setIterObject", reflect.TypeFor[SetIterObject]()},
	{"[].values()", "*goja.arrayIterObject", reflect.TypeFor[ArrayIterObject]()},
	{"''[Symbol.iterator]()", "*goja.stringIterObject", reflect.TypeFor[StringIterObject]()},
	{"Object(1)", "*goja.primitiveValueObject", reflect.TypeFor[PrimitiveValueObject]()},
	{"Object('')", "*goja.stringObject", reflect.TypeFor[StringObject]()},
	{"globalThis", "*goja.templatedObject", reflect.TypeFor[TemplatedObject]()},
	{"Array.prototype", "*goja.templatedArrayObject", reflect.TypeFor[struct{ TemplatedObject }]()},
	{"Function.prototype", "*goja.templatedFuncObject", reflect.TypeFor[TemplatedFuncObject]()},
	{"/a/", "*goja.regexpObject", reflect.TypeFor[RegExpObject]()},
	{"({ *m() {} }).m", "*goja.generatorMethodFuncObject", reflect.TypeFor[struct{ MethodFuncObject }]()},
	{"(function* () {})()", "*goja.generatorObject", reflect.TypeFor[GeneratorObject]()},
	{"Promise.resolve()", "*goja.Promise", reflect.TypeFor[PromiseObject]()},
}

// instructions are those whose operands are looked into.
var instructions = []struct {
	code, name string
	mirror     reflect.Type
}{
	{"let a", "*goja.bindGlobal", reflect.TypeFor[GlobalNames]()},
	{"/a/", "*goja.newRegexp", reflect.TypeFor[NewRegexp]()},
}

func TestEveryMirrorIsAsTheEngines(t *testing.T) {
	rt := goja.New()
	var c checker
	c.find(rt)
	for _, s := range samples {
		v, err := rt.RunString(s.code)
		if err != nil {
			t.Fatal(err)
		}
		c.object(v, s.name, s.mirror)
	}
	for _, in := range instructions {
		found := false
		for _, w := range ProgramOf(goja.MustCompile("", in.code, false)).Code {
			if typ := TypeOf(&w); typ.String() == in.name {
				found = true
				c.compare(in.mirror, typ.Elem())
			}
		}
		if !found {
			t.Errorf("no %s in %s", in.name, in.code)
		}
	}
	if f, ok := reflect.TypeFor[goja.Promise]().FieldByName("fulfillReactions"); ok {
		c.compare(reflect.TypeFor[PromiseReaction](), f.Type.Elem().Elem())
	}
	for _, k := range classTypes[ClassOther+1:] {
		found := false
		for _, s := range samples {
			found = found || s.name == k.name && s.mirror == k.mirror()
		}
		if !found {
			t.Errorf("%s is no sample", k.name)
		}
	}
	for _, u := range c.unexpected {
		t.Error(u)
	}

	compared := map[string]bool{"Words": true, "Object": true} // an interface value, and what Find looks at by itself
	for pair := range c.same {
		compared[pair[0].Name()] = true
		for f := range pair[0].NumField() { // those that are only embedded
			if f := pair[0].Field(f); f.Anonymous {
				compared[f.Type.Name()] = true
			}
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "mirrors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range typesOf(file) {
		if !compared[name] {
			t.Errorf("%s of mirrors.go is compared with nothing", name)
		}
	}
}

// typesOf lists the types that a file declares.
func typesOf(file *ast.File) (names []string) {
	for _, d := range file.Decls {
		if d, ok := d.(*ast.GenDecl); ok {
			for _, s := range d.Specs {
				if s, ok := s.(*ast.TypeSpec); ok {
					names = append(names, s.Name.Name)
				}
			}
		}
	}
	return names
}

// engineSource gives all types that the engine's source declares, and its functions.
func engineSource(t *testing.T) (types map[string]bool, functions map[string]string) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/dop251/goja").Output()
	if err != nil {
		t.Fatal(err)
	}
	types, functions = map[string]bool{}, map[string]string{}
	paths, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*.go"))
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range typesOf(file) {
			types[name] = true
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				var b strings.Builder
				printer.Fprint(&b, files, f.Type)
				name := f.Name.Name
				if f.Recv != nil {
					var r strings.Builder
					printer.Fprint(&r, files, f.Recv.List[0].Type)
					name = "(" + r.String() + ")." + name
				}
				functions[name] = b.String()
			}
		}
	}
	return types, functions
}

var engineType = regexp.MustCompile(`^(\[\])?\*?goja\.([a-z]\w*)$`)

func TestNamesAreThoseOfTheEngine(t *testing.T) {
	types, functions := engineSource(t)
	for name, want := range links {
		if functions[name] != want {
			t.Errorf("%s is %s, not %s", name, functions[name], want)
		}
	}
	ops := 0
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, g := range file.Comments {
			for _, c := range g.List {
				if words := strings.Fields(c.Text); len(words) > 1 && words[0] == "//go:linkname" &&
					!strings.HasSuffix(c.Text, "..inittask") && // of other modules: internal/deferred
					!slices.Contains(ofGo, words[len(words)-1]) && links[strings.TrimPrefix(words[len(words)-1], "github.com/dop251/goja.")] == "" {
					t.Errorf("%s: %s is not among links", path, c.Text)
				}
			}
		}
		check := func(literal *ast.BasicLit, name string) {
			if !types[name] {
				t.Errorf("%s: %s is no type of the engine's", path, literal.Value)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					if m := engineType.FindStringSubmatch(s); m != nil {
						check(n, m[2])
					}
				}
			case *ast.ValueSpec:
				if n.Names[0].Name == "opNames" && file.Name.Name == "program" {
					for _, e := range n.Values[0].(*ast.CompositeLit).Elts {
						literal := e.(*ast.KeyValueExpr).Value.(*ast.BasicLit)
						name, _ := strconv.Unquote(literal.Value)
						check(literal, name)
						ops++
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if ops < 100 {
		t.Errorf("only %d instructions are found in package program", ops)
	}
}

func TestDifferencesAreNamed(t *testing.T) {
	type stranger struct {
		Class string `goja:"class"`
		Other int
		Val   *goja.Program
	}
	var c checker
	c.compare(reflect.TypeFor[stranger](), SelfType(goja.New().NewObject()).Elem())
	got := strings.Join(c.unexpected, "\n")
	for _, want := range []string{"baseObject has ", "baseObject.other is missing", "baseObject.val is at 16, not at 24"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said in:\n%s", want, got)
		}
	}
}

func TestWords(t *testing.T) {
	rt := goja.New()
	f, err := Find(rt)
	if err != nil {
		t.Fatal(err)
	}
	if w := WordsOf(rt.ToValue(1 << 40)); w.Tab != f.Int || *(*int64)(w.Data) != 1<<40 || w.Value().ToInteger() != 1<<40 {
		t.Error("an integer is not taken apart")
	}
	a := rt.NewArray(1, 2, 3)
	if s := SelfOf(a); s.Tab != f.Array || len((*ArrayObject)(s.Data).Values) != 3 || BaseOf(a).Val != a {
		t.Error("an array is not found")
	}
	if vm := f.VMOf(rt); vm.Runtime != rt {
		t.Error("the interpreter is not found")
	}
}
