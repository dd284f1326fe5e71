package runtime

import (
	"os"
	"strings"
)

// Env is a runtime's environment: ordered, strings only. Loop goroutine only.
type Env struct {
	keys   []string
	values map[string]string
}

func newEnv(list []string) *Env {
	if list == nil {
		list = os.Environ()
	}
	e := &Env{values: make(map[string]string, len(list))}
	for _, kv := range list {
		if k, v, ok := strings.Cut(kv, "="); ok && k != "" {
			e.Set(k, v)
		}
	}
	return e
}

// Get returns the value of a variable.
func (e *Env) Get(key string) (string, bool) {
	v, ok := e.values[key]
	return v, ok
}

// Set sets a variable.
func (e *Env) Set(key, value string) {
	if _, ok := e.values[key]; !ok {
		e.keys = append(e.keys, key)
	}
	e.values[key] = value
}

// Delete removes a variable.
func (e *Env) Delete(key string) {
	if _, ok := e.values[key]; !ok {
		return
	}
	delete(e.values, key)
	for i, k := range e.keys {
		if k == key {
			e.keys = append(e.keys[:i:i], e.keys[i+1:]...)
			return
		}
	}
}

// Keys lists the names in the order in which they were set.
func (e *Env) Keys() []string { return e.keys }

// List returns the environment as KEY=VALUE, as a child process takes it.
func (e *Env) List() []string {
	list := make([]string, len(e.keys))
	for i, k := range e.keys {
		list[i] = k + "=" + e.values[k]
	}
	return list
}
