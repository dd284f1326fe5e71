package sqlite

import (
	"github.com/dop251/goja"

	"gonode/internal/sqlite"
)

// function is database.function: a function of the script's becomes one of SQL.
func (d *database) function(call goja.FunctionCall) {
	m := d.m
	d.mustBeOpen()
	f := &sqlite.Function{Name: m.text(call.Argument(0), "name")}
	bigInts, varargs := false, false
	v := call.Argument(1)
	if len(call.Arguments) > 2 {
		o := m.object(v, "options")
		m.flagOption(o, "useBigIntArguments", &bigInts)
		m.flagOption(o, "varargs", &varargs)
		m.flagOption(o, "deterministic", &f.Deterministic)
		m.flagOption(o, "directOnly", &f.DirectOnly)
		v = call.Argument(2)
	}
	fn, ok := goja.AssertFunction(v)
	if !ok {
		m.throwType("The \"function\" argument must be a function.")
	}
	f.Arguments = -1
	if !varargs {
		f.Arguments = m.length(v)
	}
	f.Call = func(x sqlite.Context, args []sqlite.Value) {
		if !d.m.callback(func() { m.result(x, m.rt.Call(fn, goja.Undefined(), m.values(args, bigInts)...)) }) {
			x.Fail("")
		}
	}
	if err := d.conn.AddFunction(f); err != nil {
		panic(m.failure(err))
	}
}

// length is how many arguments a function says that it takes.
func (m *module) length(v goja.Value) int {
	n := m.rt.Member(v.(*goja.Object), "length")
	if n == nil || !goja.IsNumber(n) {
		return 0
	}
	return int(n.ToInteger())
}

func (m *module) values(args []sqlite.Value, bigInts bool) []goja.Value {
	list := make([]goja.Value, len(args))
	for i, a := range args {
		list[i] = m.value(a, bigInts)
	}
	return list
}

// accumulation is database.aggregate's functions.
type accumulation struct {
	d                     *database
	start                 goja.Value
	step, inverse, result goja.Callable
	bigInts               bool
}

// aggregate is database.aggregate.
func (d *database) aggregate(call goja.FunctionCall) {
	m := d.m
	d.mustBeOpen()
	name := ""
	if v := call.Argument(0); !goja.IsUndefined(v) {
		if _, symbol := v.(*goja.Symbol); !symbol {
			d.lenient(func() { name = v.String() })
		}
	}
	v := call.Argument(1)
	if goja.IsUndefined(v) || goja.IsNull(v) {
		panic(m.rt.NewPlainError("TypeError", "Cannot read properties of "+v.String()+" (reading 'start')"))
	}
	o := v.ToObject(m.vm)
	a := &accumulation{d: d, start: m.rt.Member(o, "start")}
	if a.start == nil || goja.IsUndefined(a.start) {
		m.throwType("The \"options.start\" argument must be a function or a primitive value.")
	}
	function := func(name string) (goja.Callable, int, bool) {
		v := m.rt.Member(o, name)
		if v == nil || goja.IsUndefined(v) {
			return nil, 0, true
		}
		fn, ok := goja.AssertFunction(v)
		if !ok {
			return nil, 0, false
		}
		return fn, m.length(v), true
	}
	var arguments int
	if a.step, arguments, _ = function("step"); a.step == nil {
		m.throwType("The \"options.step\" argument must be a function.")
	}
	a.result, _, _ = function("result")
	f := &sqlite.Aggregate{Name: name, Step: a.stepper(&a.step), Result: a.finish}
	varargs := false
	m.flagOption(o, "useBigIntArguments", &a.bigInts)
	m.flagOption(o, "varargs", &varargs)
	m.flagOption(o, "directOnly", &f.DirectOnly)
	inverse, n, ok := function("inverse")
	if !ok {
		m.throwType("The \"options.inverse\" argument must be a function.")
	}
	if inverse != nil {
		a.inverse, f.Inverse = inverse, a.stepper(&a.inverse)
	}
	f.Arguments = -1
	if !varargs {
		f.Arguments = max(arguments, n, 1) - 1 // without the state
	}
	if err := d.conn.AddAggregate(f); err != nil {
		panic(m.failure(err))
	}
}

// lenient runs a part of the script's whose errors are of no account.
func (d *database) lenient(f func()) {
	if !d.m.callback(f) {
		if _, thrown := d.m.failed.(*goja.Exception); thrown {
			d.m.failed = nil
		}
		d.m.rethrow()
	}
}

// begun gives a group's state, which begins with the start.
func (a *accumulation) begun(state *any) goja.Value {
	if *state == nil {
		v := a.start
		if start, ok := goja.AssertFunction(v); ok {
			v = a.d.m.rt.Call(start, goja.Null())
		}
		*state = v
	}
	return (*state).(goja.Value)
}

func (a *accumulation) stepper(fn *goja.Callable) func(x sqlite.Context, state *any, args []sqlite.Value) {
	return func(x sqlite.Context, state *any, args []sqlite.Value) {
		m := a.d.m
		if !a.d.m.callback(func() {
			list := append([]goja.Value{a.begun(state)}, m.values(args, a.bigInts)...)
			*state = m.rt.Call(*fn, goja.Undefined(), list...)
		}) {
			x.Fail("")
		}
	}
}

func (a *accumulation) finish(x sqlite.Context, state *any, _ bool) {
	m := a.d.m
	if !a.d.m.callback(func() {
		v := a.begun(state)
		if a.result != nil {
			v = m.rt.Call(a.result, goja.Null(), v)
		}
		m.result(x, v)
	}) {
		x.Fail("")
	}
}
