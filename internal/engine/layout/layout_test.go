package layout

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// All that is used of the engine's private structures is checked here; when the engine changes, this test names what did.
func TestTheEngineIsAsExpected(t *testing.T) {
	if _, err := Find(goja.New()); err != nil {
		t.Error(err)
	}
	if _, err := FindKinds(); err != nil {
		t.Error(err)
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

func TestTheLanguagesOwnObjectsAreAsExpected(t *testing.T) {
	if _, err := FindIntrinsics(goja.New()); err != nil {
		t.Error(err)
	}
}
