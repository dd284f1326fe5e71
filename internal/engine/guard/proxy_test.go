package guard

import (
	"reflect"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// Each method that stands for one of the engine's has its arguments and results.
func TestProxyHandlersMethods(t *testing.T) {
	facts, err := layout.Find(goja.New())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range facts.ProxyHandler.NumMethod() {
		engine := facts.ProxyHandler.Method(i)
		_, f := replacement(engine.Name)
		if f == nil {
			continue
		}
		found++
		ours := reflect.TypeOf(f)
		same := ours.NumIn() == engine.Type.NumIn()+1 && ours.NumOut() == engine.Type.NumOut()
		for i := 0; same && i < engine.Type.NumIn(); i++ {
			have, want := ours.In(i+1), engine.Type.In(i)
			same = have == want || have.Kind() == want.Kind() && have.ConvertibleTo(want)
		}
		for i := 0; same && i < engine.Type.NumOut(); i++ {
			same = ours.Out(i) == engine.Type.Out(i)
		}
		if !same {
			t.Errorf("%s is %v, ours is %v", engine.Name, engine.Type, ours)
		}
	}
	if found != int(operations) {
		t.Errorf("the engine has %d of %d methods", found, operations)
	}
}
