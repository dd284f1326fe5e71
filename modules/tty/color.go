package tty

import (
	"math"
	"regexp"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// colors tells how many colours a terminal has, by the environment, as Node does.
type colors struct {
	rt     *runtime.Runtime
	warned bool
}

// The depths are bits per colour.
const (
	monochrome = 1
	depth16    = 4
	depth256   = 8
	depth16m   = 24
)

func (c *colors) depth(env goja.Value) int {
	get := c.rt.Env().Get
	o, ok := env.(*goja.Object)
	if !ok && !goja.IsUndefined(env) {
		panic(c.rt.VM().NewTypeError("%s", "Cannot use 'in' operator to search for 'TEAMCITY_VERSION' in "+env.String()))
	}
	if ok {
		get = func(key string) (string, bool) {
			v := o.Get(key)
			if v == nil || goja.IsUndefined(v) {
				return "", false
			}
			return v.String(), true
		}
	}
	has := func(key string) bool {
		_, ok := get(key)
		return ok
	}
	if force, ok := get("FORCE_COLOR"); ok {
		switch force {
		case "", "1", "true":
			c.warn(has)
			return depth16
		case "2":
			c.warn(has)
			return depth256
		case "3":
			c.warn(has)
			return depth16m
		}
		return monochrome
	}
	term, _ := get("TERM")
	if has("NODE_DISABLE_COLORS") || has("NO_COLOR") || term == "dumb" {
		return monochrome
	}
	if v, _ := get("TMUX"); v != "" {
		return depth256
	}
	if v, _ := get("CI"); v != "" {
		name, _ := get("CI_NAME")
		for _, sign := range []string{"APPVEYOR", "BUILDKITE", "CIRCLECI", "DRONE", "GITHUB_ACTIONS", "GITLAB_CI", "TRAVIS"} {
			if has(sign) {
				return depth256
			}
		}
		if name == "codeship" {
			return depth256
		}
		return monochrome
	}
	if v, ok := get("TEAMCITY_VERSION"); ok {
		if regexp.MustCompile(`^(9\.(0*[1-9]\d*)\.|\d{2,}\.)`).MatchString(v) {
			return depth16
		}
		return monochrome
	}
	switch program, _ := get("TERM_PROGRAM"); program {
	case "iTerm.app":
		if v, _ := get("TERM_PROGRAM_VERSION"); v == "" || v[0] >= '0' && v[0] <= '2' && (len(v) == 1 || v[1] == '.') {
			return depth256
		}
		return depth16m
	case "HyperTerm", "MacTerm":
		return depth16m
	case "Apple_Terminal":
		return depth256
	}
	if v, _ := get("COLORTERM"); v == "truecolor" || v == "24bit" {
		return depth16m
	}
	if term != "" {
		if strings.HasPrefix(term, "xterm-256") {
			return depth256
		}
		term = strings.ToLower(term)
		switch term {
		case "eterm", "cons25", "console", "cygwin", "dtterm", "gnome", "hurd", "jfbterm", "konsole", "kterm", "mlterm", "putty", "st":
			return depth16
		case "mosh", "rxvt-unicode-24bit", "terminator":
			return depth16m
		}
		for _, part := range []string{"ansi", "color", "linux"} {
			if strings.Contains(term, part) {
				return depth16
			}
		}
		for _, start := range []string{"rxvt", "screen", "xterm", "vt100"} {
			if strings.HasPrefix(term, start) {
				return depth16
			}
		}
		if regexp.MustCompile(`^con[0-9]*x[0-9]`).MatchString(term) {
			return depth16
		}
	}
	if v, _ := get("COLORTERM"); v != "" {
		return depth16
	}
	return monochrome
}

// warn says that FORCE_COLOR overrides what asks for no colours.
func (c *colors) warn(has func(string) bool) {
	var names []string
	for _, name := range []string{"NODE_DISABLE_COLORS", "NO_COLOR"} {
		if has(name) {
			names = append(names, name)
		}
	}
	if c.warned || names == nil {
		return
	}
	c.warned = true
	vm := c.rt.VM()
	c.rt.CallMethod(c.rt.Require("process"), "emitWarning",
		vm.ToValue("The '"+strings.Join(names, "' and '")+"' env is ignored due to the 'FORCE_COLOR' env being set."), vm.ToValue("Warning"))
}

func (c *colors) hasColors(call goja.FunctionCall) goja.Value {
	count, env := call.Argument(0), call.Argument(1)
	n := 16.0
	_, object := count.(*goja.Object)
	_, function := goja.AssertFunction(count)
	if goja.IsUndefined(env) && (goja.IsUndefined(count) || object && !function) {
		env = count
	} else {
		n = float64(c.rt.ValidateInteger(count, "count", 2, engine.MaxSafeInteger))
	}
	return c.rt.VM().ToValue(n <= math.Pow(2, float64(c.depth(env))))
}
