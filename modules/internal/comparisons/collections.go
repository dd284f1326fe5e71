package comparisons

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// object tells what only its contents make equal to something else. Functions are compared by identity.
func object(v goja.Value) bool {
	_, ok := isObject(v)
	return ok
}

func (c *comparer) has(set *goja.Object, v goja.Value) bool {
	return c.rt.Call(c.setHas, set, v).ToBoolean()
}

func (c *comparer) sameSets(a, b *goja.Object, strict bool, m *memo) bool {
	inB := engine.Entries(b)
	var open []goja.Value // members of a without a counterpart yet
	for _, v := range engine.Entries(a) {
		if c.has(b, v) {
			continue
		}
		if !object(v) && (strict || !c.looseInSet(a, b, v)) {
			return false
		}
		if open == nil && len(inB) == 1 {
			return c.equal(v, inB[0], strict, m)
		}
		open = append(open, v)
	}
	if open == nil {
		return true
	}
	for _, v := range inB {
		if (object(v) || !strict) && !c.has(a, v) {
			i := c.findEqual(open, v, strict, m)
			if i < 0 {
				return false
			}
			open = append(open[:i], open[i+1:]...)
		}
	}
	return len(open) == 0
}

func (c *comparer) findEqual(open []goja.Value, v goja.Value, strict bool, m *memo) int {
	was := m.deleteFailures
	m.deleteFailures = true
	defer func() { m.deleteFailures = was }()
	for i, o := range open {
		if c.equal(o, v, strict, m) {
			return i
		}
	}
	return -1
}

// looseAlternative is what a primitive may loosely equal: decided says whether that can be told without looking, and
// then result is the answer; otherwise alternative is the value to look for.
func looseAlternative(v goja.Value) (result, decided bool, alternative goja.Value) {
	switch {
	case goja.IsUndefined(v):
		return false, false, goja.Null()
	case goja.IsNull(v):
		return false, false, goja.Undefined()
	}
	if _, ok := v.(*goja.Symbol); ok {
		return false, true, nil
	}
	if goja.IsString(v) || goja.IsNumber(v) {
		if math.IsNaN(v.ToFloat()) {
			return false, true, nil
		}
	}
	return true, true, nil
}

func (c *comparer) looseInSet(a, b *goja.Object, v goja.Value) bool {
	result, decided, other := looseAlternative(v)
	if decided {
		return result
	}
	return c.has(b, other) && !c.has(a, other)
}

func (c *comparer) lookup(m *goja.Object, key goja.Value) (goja.Value, bool) {
	v := c.rt.Call(c.mapGet, m, key)
	if goja.IsUndefined(v) && !c.rt.Call(c.mapHas, m, key).ToBoolean() {
		return v, false
	}
	return v, true
}

func (c *comparer) sameMaps(a, b *goja.Object, strict bool, m *memo) bool {
	inA, inB := engine.Entries(a), engine.Entries(b)
	var open []goja.Value
	for i := 0; i < len(inA); i += 2 {
		k, v := inA[i], inA[i+1]
		if object(k) {
			if open == nil && len(inB) == 2 {
				return c.equal(k, inB[0], strict, m) && c.equal(v, inB[1], strict, m)
			}
			open = append(open, k)
			continue
		}
		other, ok := c.lookup(b, k)
		if ok && c.equal(v, other, strict, m) {
			continue
		}
		if strict || !c.looseInMap(a, b, k, v, m) {
			return false
		}
		open = append(open, k)
	}
	if open == nil {
		return true
	}
	for i := 0; i < len(inB); i += 2 {
		k, v := inB[i], inB[i+1]
		if !object(k) {
			if strict {
				continue
			}
			if mine, ok := c.lookup(a, k); ok && c.equal(mine, v, false, m) {
				continue
			}
		}
		at := c.findEntry(open, a, k, v, strict, m)
		if at < 0 {
			return false
		}
		open = append(open[:at], open[at+1:]...)
	}
	return len(open) == 0
}

func (c *comparer) findEntry(open []goja.Value, a *goja.Object, k, v goja.Value, strict bool, m *memo) int {
	was := m.deleteFailures
	m.deleteFailures = true
	defer func() { m.deleteFailures = was }()
	for i, o := range open {
		if c.equal(o, k, strict, m) && c.equal(c.rt.Call(c.mapGet, a, o), v, strict, m) {
			return i
		}
	}
	return -1
}

func (c *comparer) looseInMap(a, b *goja.Object, k, v goja.Value, m *memo) bool {
	result, decided, other := looseAlternative(k)
	if decided {
		return result
	}
	item, ok := c.lookup(b, other)
	return ok && c.equal(v, item, false, m) && !c.rt.Call(c.mapHas, a, other).ToBoolean()
}
