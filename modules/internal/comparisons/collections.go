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

func (c *comparison) sameSets(a, b *goja.Object) bool {
	var open []goja.Value // members of b that a has not as they are
	for _, v := range engine.Entries(b) {
		if c.has(a, v) {
			continue
		}
		if !object(v) && (c.mode != loose || !c.looseInSet(b, a, v)) {
			return false
		}
		open = append(open, v)
	}
	if open == nil {
		return true
	}
	var rest []goja.Value // members of a that may be the counterparts
	for _, v := range engine.Entries(a) {
		if c.has(b, v) {
			continue
		}
		if !object(v) && c.mode != loose {
			if c.mode == partial {
				continue
			}
			return false
		}
		rest = append(rest, v)
	}
	return c.match(len(rest), open, func(i int, v goja.Value) bool { return c.equal(rest[i], v) })
}

// match finds a counterpart for each of the open values among n others, all of which must be one unless the comparison
// is partial.
func (c *comparison) match(n int, open []goja.Value, equal func(i int, v goja.Value) bool) bool {
	for i := 0; i < n && len(open) > 0; i++ {
		if n-i < len(open) {
			return false
		}
		if equal(i, open[0]) {
			open = open[1:]
			continue
		}
		at := len(open) - 1
		for at > 0 && !equal(i, open[at]) {
			at--
		}
		if at > 0 {
			open[at] = open[len(open)-1]
			open = open[:len(open)-1]
		} else if c.mode != partial {
			return false
		}
	}
	return len(open) == 0
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

// looseInSet tells whether v, a member of a, may have a counterpart in b.
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

func (c *comparison) sameMaps(a, b *goja.Object) bool {
	inA, inB := engine.Entries(a), engine.Entries(b)
	var open []goja.Value // keys of b to be found by comparing
	for i := 0; i < len(inB); i += 2 {
		k, v := inB[i], inB[i+1]
		if object(k) {
			if open == nil && len(inA) == 2 {
				return c.equal(inA[0], k) && c.equal(inA[1], v)
			}
			open = append(open, k)
			continue
		}
		mine, ok := c.lookup(a, k)
		if ok && c.equal(mine, v) {
			continue
		}
		if c.mode != loose || !c.looseInMap(a, b, k, v) {
			return false
		}
		open = append(open, k)
	}
	if open == nil {
		return true
	}
	var rest []goja.Value // entries of a that may be the counterparts
	for i := 0; i < len(inA); i += 2 {
		k, v := inA[i], inA[i+1]
		if !object(k) {
			if c.mode == partial {
				continue
			}
			if other, ok := c.lookup(b, k); ok {
				if c.mode != loose || c.equal(v, other) {
					continue
				}
			} else if c.mode != loose {
				return false
			}
		}
		rest = append(rest, k, v)
	}
	return c.match(len(rest)/2, open, func(i int, k goja.Value) bool {
		return c.equal(rest[2*i], k) && c.equal(rest[2*i+1], c.rt.Call(c.mapGet, b, k))
	})
}

// looseInMap tells whether the entry (k, v) of b may have a counterpart in a.
func (c *comparison) looseInMap(a, b *goja.Object, k, v goja.Value) bool {
	result, decided, other := looseAlternative(k)
	if decided {
		return result
	}
	item, ok := c.lookup(a, other)
	return ok && c.equal(item, v) && !c.rt.Call(c.mapHas, b, other).ToBoolean()
}
