// Package cli is the gonode command as a function over its arguments: options, the main script, -e and -p, a script on
// standard input, the REPL.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/bundle"
	"gonode/internal/diagnose"
	"gonode/internal/handle"
	"gonode/internal/options"
	_ "gonode/internal/stack"
	"gonode/internal/sys"
	"gonode/modules"
	"gonode/runtime"
)

// badOptions is Node's exit status for a command line that it does not understand.
const badOptions = 9

// invalidArgument is the one for an option's value.
const invalidArgument = 12

// Run runs the command with os.Args-like arguments and returns its exit status. An executable with a program behind it runs that.
func Run(args []string) int {
	own, err := bundle.Own()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", args[0], err)
		return 1
	}
	if own != nil {
		return RunBundle(args, own, modules.All(), nil)
	}
	return run(args, program{modules: modules.All()})
}

// program is what the command runs, if that is not gonode itself.
type program struct {
	modules []*runtime.Module
	bundle  *bundle.Bundle // nil for none
	// restrict, if set, changes what the runtime is made from.
	restrict func(*runtime.Config)
}

// RunChild is Run for a process that was started to be a Node of a program's, with the modules that this has. restrict, which may be nil, changes what the runtime is
// made from.
func RunChild(args []string, all []*runtime.Module, restrict func(*runtime.Config)) int {
	return run(args, program{modules: all, restrict: restrict})
}

func run(args []string, p program) int {
	distrust()
	handle.PrepareProcess()
	sys.ReapOrphans()
	args = copied(args)
	c := &command{name: args[0], program: p}
	c.parse(args)
	if p.restrict != nil {
		return c.confined().run(os.Environ())
	}
	env := os.Environ()
	if c.packageScript == nil && !c.watches() { // whose processes read the files, each time anew
		env = c.addEnvFiles(env)
	}
	if problems := c.problems; hasNodeVariables(env) {
		// The environment's options come first, the command line's have the last word.
		c = &command{name: args[0], program: p}
		c.environment(env)
		c.problems = append(c.problems, problems...)
		c.parse(args)
	}
	c.checkTest()
	c.profilings(func(p *profiling, option string) { p.check(c, option) })
	if len(c.problems) > 0 {
		for _, p := range unique(c.problems) {
			fmt.Fprintf(os.Stderr, "%s: %s\n", c.name, p)
		}
		return badOptions
	}
	if c.invalid != "" {
		fmt.Fprintf(os.Stderr, "%s: %s\n", c.name, c.invalid)
		return invalidArgument
	}
	switch {
	case c.version && c.verbose:
		fmt.Print(versions())
		return 0
	case c.version:
		fmt.Println(runtime.NodeVersion)
		return 0
	case c.help:
		fmt.Print(options.Help())
		return 0
	case c.check && c.hasEval:
		fmt.Fprintf(os.Stderr, "%s: either --check or --eval can be used, not both\n", c.name)
		return badOptions
	}
	if c.seaConfig != "" {
		if err := c.buildSEA(c.seaConfig); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", c.name, err)
			return 1
		}
		return 0
	}
	if p.bundle != nil {
		c.findScript()
	} else if isSubcommand(c.script) {
		if status, done := c.subcommand(); done {
			return status
		}
	}
	if c.options.Title != "" {
		sys.SetTitle(c.options.Title)
	}
	return c.run(env)
}

// confined is the command where a host restricts it: a script or a text with its arguments, and those options that change nothing but how JavaScript
// runs. What else the command line and the environment ask for may have been said by a script that is restricted itself.
func (c *command) confined() *command {
	from := &c.options
	d := &command{name: c.name, program: c.program, script: c.script, args: c.args, eval: c.eval, hasEval: c.hasEval, print: c.print, noSIGUSR1: true}
	d.options = runtime.Options{
		UnhandledRejections: from.UnhandledRejections, StackTraceLimit: from.StackTraceLimit, NoWarnings: from.NoWarnings, NoDeprecation: from.NoDeprecation,
		TraceWarnings: from.TraceWarnings, Conditions: from.Conditions, Require: from.Require, Import: from.Import, InputType: from.InputType,
		DefaultType: from.DefaultType, SourceMaps: from.SourceMaps, VMModules: from.VMModules, DieWithParent: true,
	}
	if d.bundle != nil {
		d.findScript()
	}
	return d
}

// copied takes the arguments out of the memory that process.title overwrites.
func copied(args []string) []string {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = strings.Clone(a)
	}
	return list
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// hasNodeVariables tells whether the environment may hold options.
func hasNodeVariables(env []string) bool {
	return slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "NODE_") })
}

// addEnvFiles adds what the files of --env-file define and the environment does not.
func (c *command) addEnvFiles(env []string) []string {
	for _, file := range c.envFiles {
		text, err := os.ReadFile(file.path)
		if err != nil {
			if !file.optional {
				c.problem("%s: not found", file.path)
			}
			continue
		}
		for _, pair := range runtime.ParseEnvFile(string(text)) {
			if !slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, pair[0]+"=") }) {
				env = append(env, pair[0]+"="+pair[1])
			}
		}
	}
	return env
}

// run makes the runtime and runs what was asked for.
func (c *command) run(env []string) int {
	sys.ReadyThreads()
	tune(c.memoryLimit)
	if c.permission || c.permissions.Audit {
		c.permissions.Audit = !c.permission
		if !c.hasEval && !c.interactive {
			c.permissions.Read = append(append(c.permissions.Read, c.options.Require...), c.script)
		}
		c.options.Permissions = &c.permissions
	} else if len(c.permissions.Read)+len(c.permissions.Write) > 0 {
		c.options.MissingOption = "--permission"
	}
	// A child gets both, the option from its parent's execArgv.
	if c.traceIPC != "" && !slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, runtime.TraceVar+"=") }) {
		path, err := filepath.Abs(c.traceIPC)
		if err == nil {
			err = os.WriteFile(path, []byte("[\n"), 0o666)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: --trace-ipc: %v\n", c.name, err)
			return badOptions
		}
		env = append(env, runtime.TraceVar+"="+path)
	}
	isChildMark := func(kv string) bool { return strings.HasPrefix(kv, runtime.ChildEnv+"=") }
	hosted := c.bundle != nil || slices.ContainsFunc(env, isChildMark)
	cfg := runtime.Config{
		Modules: c.modules, Files: c.files(), Assets: c.assets(), Args: c.args, ExecArgv: c.execArgv, Argv0: c.name, Env: slices.DeleteFunc(env, isChildMark),
		Options: c.options, MemoryLimit: c.memoryLimit, OwnsProcess: true, Hosted: hosted, WorkerOptions: workerOptions,
		ExecPath: sys.Executable(),
	}
	if c.restrict != nil {
		cfg.WorkerOptions = nil
		c.restrict(&cfg)
	}
	rt, err := runtime.New(cfg)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", c.name, err)
		return 1
	}
	if c.options.ExposeGC {
		rt.DefineLazy(rt.VM().GlobalObject(), "gc", false, func() goja.Value { return rt.Require("internal/globals").Get("gc") })
	}
	diagnose.Listen(rt, !c.noSIGUSR1 && !c.permission)
	c.trace(rt)
	c.profilings(func(p *profiling, option string) {
		if p.on {
			p.start(rt, option)
		}
	})
	return status(c.start(rt))
}

// start chooses between the ways to run, in Node's order.
func (c *command) start(rt *runtime.Runtime) error {
	ctx := context.Background()
	switch {
	case c.packageScript != nil:
		return rt.Run(ctx, func() {
			rt.CallMethod(rt.Require("internal/main/run"), "start", rt.VM().ToValue(*c.packageScript), rt.VM().ToValue(c.args))
		})
	case c.test:
		return c.runTests(rt)
	case c.watches():
		return c.watch(rt)
	case c.serve != nil:
		return rt.Run(ctx, func() {
			rt.JoinParent()
			rt.CallMethod(rt.Require("gonode:supervisor"), "serve", rt.VM().ToValue(string(c.serve)))
		})
	case c.restrict == nil && c.script == "inspect" && !c.hasEval && !isScript("inspect"):
		return rt.Run(ctx, func() {
			rt.CallMethod(rt.Require("internal/debugger/inspect"), "start", rt.VM().ToValue(c.args))
		})
	case c.check:
		return rt.Run(ctx, func() {
			if c.script == "" || c.script == "-" {
				rt.Scripts.CheckSyntax("[stdin]", readAll(os.Stdin))
			} else {
				rt.Scripts.CheckFile(c.script)
			}
		})
	case c.interactive && c.script == "":
		return c.repl(rt)
	case c.hasEval:
		return rt.Run(ctx, func() { c.evaluate(rt, "[eval]", c.eval) })
	case c.script != "" && c.script != "-":
		return rt.RunMain(ctx, c.script)
	case c.script == "" && handle.IsTTY(0):
		return c.repl(rt)
	}
	if c.script == "-" {
		rt.MainScript = "-"
	}
	return rt.Run(ctx, func() { c.evaluate(rt, "[stdin]", readAll(os.Stdin)) })
}

// evaluate runs -e, -p and standard input. Built-in modules are global names there.
func (c *command) evaluate(rt *runtime.Runtime, name, text string) {
	defineBuiltins(rt)
	rt.Require("process").DefineDataProperty("_eval", rt.VM().ToValue(text), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	if c.print && strings.HasPrefix(c.options.InputType, "module") {
		rt.Throw(rt.NewError("ERR_EVAL_ESM_CANNOT_PRINT"))
	}
	rt.Scripts.EvalMain(name, text, func(result goja.Value) {
		if c.print {
			rt.CallMethod(rt.Require("console"), "log", result)
		}
	})
}

// defineBuiltins makes each built-in module a global of its name, loaded when first touched; crypto, too, which is another global in scripts.
func defineBuiltins(rt *runtime.Runtime) {
	global := rt.VM().GlobalObject()
	for _, name := range rt.Builtins() {
		if !strings.Contains(name, "/") && name[0] != '_' && name != "console" && name != "process" && !rt.Builtin(name).SchemeOnly {
			rt.DefineLazy(global, name, false, func() goja.Value { return rt.Require(name) })
		}
	}
}

func readAll(f *os.File) string {
	text, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	return string(text)
}

func status(err error) int {
	var exit *runtime.ExitError
	var beyond *runtime.LimitError
	switch {
	case errors.As(err, &exit):
		return exit.Code
	case errors.As(err, &beyond):
		fmt.Fprintln(os.Stderr, beyond)
		return 1
	case err != nil:
		return 1
	}
	return 0
}
