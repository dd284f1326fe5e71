package source

import (
	"sync"

	"gonode/internal/engine/utf"
)

// Cache keeps compiled units by name, kind and text, so that several runtimes of one process compile a file once. The
// zero value is ready; a nil Cache keeps nothing. Any goroutine.
type Cache struct {
	mu    sync.Mutex
	units map[cacheKey]*Unit
}

type cacheKey struct {
	name, function string
	kind           Kind
}

// Compile is the package's Compile with a memory.
func (c *Cache) Compile(name, text string, o Options) (*Unit, error) {
	if c == nil || o.Coverage || o.Probes { // counters and breakpoints are one runtime's
		return Compile(name, text, o)
	}
	key := cacheKey{name, o.Function, o.Kind}
	c.mu.Lock()
	u := c.units[key]
	c.mu.Unlock()
	if u != nil && u.written == utf.Text(text) && u.options == o.key() {
		return u, nil
	}
	u, err := Compile(name, text, o)
	if err != nil {
		return u, err
	}
	u.options = o.key()
	c.mu.Lock()
	if c.units == nil {
		c.units = map[cacheKey]*Unit{}
	}
	c.units[key] = u
	c.mu.Unlock()
	return u, nil
}

// key holds the options that change what a text compiles to.
func (o Options) key() string {
	key := ""
	for _, p := range o.Params {
		key += p + ","
	}
	if o.Strict {
		key += "!"
	}
	if o.TypeScript {
		key += ":" + o.SourceURL
	}
	key += o.Referrer
	if o.Context {
		key += "@"
	}
	if o.Jitless {
		key += "-"
	}
	return key
}
