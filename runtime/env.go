package runtime

import (
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Env is a runtime's environment: ordered, strings only. Any goroutine: worker threads may share one.
type Env struct {
	mu      sync.Mutex
	keys    []string
	values  map[string]string
	version atomic.Uint64
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

// Version changes with each change of a variable.
func (e *Env) Version() uint64 { return e.version.Load() }

// Get returns the value of a variable.
func (e *Env) Get(key string) (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v, ok := e.values[key]
	return v, ok
}

// Set sets a variable.
func (e *Env) Set(key, value string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.version.Add(1)
	if _, ok := e.values[key]; !ok {
		e.keys = append(e.keys, key)
	}
	e.values[key] = value
}

// Delete removes a variable.
func (e *Env) Delete(key string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.values[key]; !ok {
		return
	}
	e.version.Add(1)
	delete(e.values, key)
	for i, k := range e.keys {
		if k == key {
			e.keys = append(e.keys[:i:i], e.keys[i+1:]...)
			return
		}
	}
}

// Keys lists the names in the order in which they were set.
func (e *Env) Keys() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.keys)
}

// List returns the environment as KEY=VALUE, as a child process takes it.
func (e *Env) List() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]string, len(e.keys))
	for i, k := range e.keys {
		list[i] = k + "=" + e.values[k]
	}
	return list
}

// ParseEnvFile reads the text of an .env file into pairs of name and value, the last of each name.
func ParseEnvFile(text string) [][2]string {
	var pairs [][2]string
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for text != "" {
		text = strings.TrimLeft(text, " \t\n\r")
		if strings.HasPrefix(text, "#") {
			_, text, _ = strings.Cut(text, "\n")
			continue
		}
		line, _, _ := strings.Cut(text, "\n")
		eq := strings.IndexByte(line, '=')
		if eq <= 0 {
			_, text, _ = strings.Cut(text, "\n")
			continue
		}
		key := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line[:eq]), "export "))
		rest := strings.TrimLeft(text[eq+1:], " \t")
		var value string
		if quote := firstOf(rest, "\"'`"); quote != 0 {
			if end := strings.IndexByte(rest[1:], quote); end >= 0 {
				value = rest[1 : 1+end]
				if quote == '"' {
					value = strings.ReplaceAll(value, "\\n", "\n")
				}
				_, text, _ = strings.Cut(rest[end+2:], "\n")
				pairs = append(pairs, [2]string{key, value})
				continue
			}
		}
		value, text, _ = strings.Cut(rest, "\n")
		value, _, _ = strings.Cut(value, "#")
		pairs = append(pairs, [2]string{key, strings.TrimSpace(value)})
	}
	return pairs
}

// firstOf is the first byte of s if it is one of set, else 0.
func firstOf(s, set string) byte {
	if s != "" && strings.IndexByte(set, s[0]) >= 0 {
		return s[0]
	}
	return 0
}
