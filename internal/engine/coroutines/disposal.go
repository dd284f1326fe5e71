package coroutines

import "github.com/dop251/goja"

// resource is what a using declaration holds.
type resource struct {
	value  goja.Value
	method goja.Value // nil if there is nothing to dispose of
	async  bool
	// plain is a synchronous method of a resource that is disposed of asynchronously.
	plain bool
}

// stack is the resources of a block.
type stack struct {
	r       *Realm
	list    []resource
	failed  bool
	err     goja.Value
	pending goja.Value
	needs   bool // an await is due
	awaited bool
}

// use adds a resource.
func (s *stack) use(v goja.Value, async bool) {
	r := s.r
	if goja.IsUndefined(v) || goja.IsNull(v) {
		if async {
			s.list = append(s.list, resource{async: true})
		}
		return
	}
	o, ok := v.(*goja.Object)
	if !ok {
		r.throw("TypeError", "An object is expected with `using` declarations")
	}
	item := resource{value: v, async: async}
	name := "Symbol.dispose"
	if async {
		name = "Symbol.asyncDispose"
		item.method = o.GetSymbol(r.asyncDispose)
	}
	if nullish(item.method) {
		name = "Symbol.dispose"
		item.method, item.plain = o.GetSymbol(r.dispose), async
	}
	if _, ok := goja.AssertFunction(item.method); !ok {
		r.throw("TypeError", "Symbol("+name+") is not a function")
	}
	s.list = append(s.list, item)
}

func nullish(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// fail notes an error; one from before is suppressed by it.
func (s *stack) fail(v goja.Value) {
	if s.failed {
		v = s.r.host.Suppressed(v, s.err)
	}
	s.failed, s.err = true, v
}

// dispose disposes of all.
func (s *stack) dispose() {
	for s.next() {
	}
	s.finish()
}

// next disposes of resources until there is something to be awaited.
func (s *stack) next() bool {
	for len(s.list) > 0 {
		last := s.list[len(s.list)-1]
		if !last.async && s.needs && !s.awaited {
			return s.await(goja.Undefined())
		}
		s.list = s.list[:len(s.list)-1]
		if last.method == nil {
			s.needs = true
			continue
		}
		var result goja.Value
		if ex := s.r.vm.Try(func() { result = s.r.host.Apply(last.method, last.value) }); ex != nil {
			if last.plain {
				// The method's error rejects a promise, which is awaited.
				p, _, reject := s.r.vm.NewPromise()
				reject(ex.Value())
				return s.await(s.r.vm.ToValue(p))
			}
			s.fail(ex.Value())
			continue
		}
		if last.plain {
			result = goja.Undefined()
		}
		if last.async {
			return s.await(result)
		}
	}
	if s.needs && !s.awaited {
		return s.await(goja.Undefined())
	}
	return false
}

func (s *stack) await(v goja.Value) bool {
	s.pending, s.awaited = v, true
	return true
}

// finish throws what is to be thrown.
func (s *stack) finish() {
	if s.failed {
		panic(s.err)
	}
}
