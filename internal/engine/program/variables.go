package program

import (
	"maps"
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Variables are the names of a scope that has kept them, in the order in which they were declared, without those of the machinery: a
// function's own name and its arguments are no variables that it has declared.
func Variables(s *layout.Stash) []unistring.String {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(s.Names)), func(name unistring.String) bool {
		return name == "" || !isName(name) || ownFunctionName(s.Names[name]) || s.FuncType != funcNone && name == "arguments" && !inTheWay(s, name)
	})
	slices.SortFunc(names, func(a, b unistring.String) int { return int(s.Names[a]&namePlace) - int(s.Names[b]&namePlace) })
	return names
}

// Variable is the place of a variable's value, nil in it before it is initialised; nil if there is none of that name. constant is that scripts
// cannot assign to it.
func Variable(s *layout.Stash, name unistring.String) (value *goja.Value, constant bool) {
	what, ok := s.Names[name]
	if place := int(what & namePlace); ok && place < len(s.Values) {
		return &s.Values[place], what&nameConst != 0
	}
	return nil, false
}

// IsFunctionScope tells the scope of a function from that of a block.
func IsFunctionScope(s *layout.Stash) bool { return s.FuncType != funcNone }

// isName tells names that scripts can have written from those of the machinery.
func isName(name unistring.String) bool {
	return !strings.ContainsAny(name.String(), " *.")
}
