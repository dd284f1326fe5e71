package engine

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"

	"gonode/internal/engine/layout"
)

// machine is goja's interpreter: its registers, stacks and the contexts of callers.
type machine struct{ *layout.VM }

func (e *Engine) machine() machine { return machine{e.facts.VMOf(e.vm)} }

// stackTop is the part of the stack that is in use.
func (m machine) stackTop() int { return min(m.SP, len(m.Stack)) }

// trimStack forgets what returned frames have left on the stack, and most of its memory after a deep recursion.
func (m machine) trimStack() {
	const usual = 1024
	if cap(m.Stack) > usual && m.SP < usual {
		m.Stack = append(make([]goja.Value, 0, usual), m.Stack[:m.SP]...)
		return
	}
	clear(m.Stack[m.SP:])
	m.Stack = m.Stack[:m.SP]
}

// snapshot notes the interpreter's state and gives a function that goes back to it. goja leaves some of its frames
// behind when a generator or an async function is stopped from outside.
func (m machine) snapshot() (restore func()) {
	prg, pc, sp, sb, args := m.Prg, m.PC, m.SP, m.SB, m.Args
	stash, privEnv, newTarget, result, runner := m.Stash, m.PrivEnv, m.NewTarget, m.Result, m.CurAsyncRunner
	calls, iterations, references, tries := len(m.CallStack), len(m.IterStack), len(m.RefStack), len(m.TryStack)
	return func() {
		m.Prg, m.PC, m.SP, m.SB, m.Args = prg, pc, sp, sb, args
		m.Stash, m.PrivEnv, m.NewTarget, m.Result, m.CurAsyncRunner = stash, privEnv, newTarget, result, runner
		m.CallStack = m.CallStack[:min(calls, cap(m.CallStack))]
		m.IterStack = m.IterStack[:min(iterations, cap(m.IterStack))]
		m.RefStack = m.RefStack[:min(references, cap(m.RefStack))]
		m.TryStack = m.TryStack[:min(tries, cap(m.TryStack))]
	}
}

// depth is the number of saved contexts.
func (m machine) depth() int { return len(m.CallStack) }

// fileOf is the file that a program was compiled from.
// SourceLine is line n of the text that the frame's program was compiled from.
func (f *Frame) SourceLine(n int) string {
	src := fileOf(f.Prg)
	if src == nil {
		return ""
	}
	text := src.Source()
	for ; n > 1; n-- {
		_, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return ""
		}
		text = rest
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

func fileOf(prg *goja.Program) *file.File {
	if prg == nil {
		return nil
	}
	return layout.ProgramOf(prg).Src
}
