package engine

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"

	"gonode/internal/engine/layout"
	"gonode/internal/parse"
)

// mostInferred is for how many files the names are kept that are inferred in them.
const mostInferred = 256

// inferred is the name that V8 infers for a function without one of its own, "" if it infers none. The file is parsed again for that.
func (e *Engine) inferred(fn *goja.Object) string {
	f := scriptFunction(fn)
	if f == nil {
		return ""
	}
	if f.Prg != nil {
		p := layout.ProgramOf(f.Prg)
		if p.Src == nil || len(p.SrcMap) == 0 {
			return ""
		}
		if name, ok := e.inferredIn(p.Src)[p.SrcMap[0].SrcPos]; ok {
			return name
		}
	}
	if KindOf(fn) != ClassFunction {
		return ""
	}
	src := e.fileOfClass(fn)
	if src == nil {
		return ""
	}
	names, text := e.inferredIn(src), src.Source()
	if at := within(text, f.Src); at >= 0 {
		return names[at]
	}
	for at, name := range names { // the text that ran is a copy
		if strings.HasPrefix(text[at:], f.Src) {
			return name
		}
	}
	return ""
}

// fileOfClass is the file that a class is in, as its constructor, its fields or its methods tell; nil if it has none of these.
func (e *Engine) fileOfClass(fn *goja.Object) *file.File {
	class := (*layout.ClassFuncObject)(layout.SelfOf(fn).Data)
	if class.Prg != nil {
		return layout.ProgramOf(class.Prg).Src
	}
	if class.InitFields != nil {
		return layout.ProgramOf(class.InitFields).Src
	}
	if proto, ok := e.OwnValue(fn, "prototype").(*goja.Object); ok {
		for _, name := range proto.GetOwnPropertyNames() {
			if method, ok := e.OwnValue(proto, name).(*goja.Object); ok && method != fn {
				if f := scriptFunction(method); f != nil && f.Prg != nil {
					return layout.ProgramOf(f.Prg).Src
				}
			}
		}
	}
	return nil
}

// within is where in a text a part of it lies, -1 if it is not a part.
func within(text, part string) int {
	if part == "" {
		return -1
	}
	at := uintptr(unsafe.Pointer(unsafe.StringData(part))) - uintptr(unsafe.Pointer(unsafe.StringData(text)))
	if at >= uintptr(len(text)) {
		return -1
	}
	return int(at)
}

// inferredIn are the names of a file's functions, by where they begin.
func (e *Engine) inferredIn(f *file.File) map[int]string {
	names, ok := e.inferredNames[f]
	if ok {
		return names
	}
	if text := f.Source(); len(text) <= mostText {
		o := parse.Options{Return: !strings.HasPrefix(f.Name(), evalName), NewTarget: true, SuperProperty: true, SuperCall: true, Private: true,
			ImportName: "import$", Infer: true}
		if r, err := parse.Program(f.Name(), text, o); err == nil {
			names = r.Inferred
		} else if _, inferred := e.hooks.Module(f.Name(), text); inferred != nil {
			names = inferred
		}
	}
	if len(e.inferredNames) >= mostInferred || e.inferredNames == nil {
		e.inferredNames = map[*file.File]map[int]string{}
	}
	e.inferredNames[f] = names
	return names
}
