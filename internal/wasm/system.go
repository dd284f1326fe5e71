package wasm

import (
	"context"
	"crypto/rand"
	"io"
	"reflect"
	goruntime "runtime"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// Environment is what a program sees of the system, by WASI.
type Environment struct {
	Args     []string
	Env      [][2]string
	Preopens [][2]string // the program's name of a directory and the system's
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Sleep    func(time.Duration)
}

// System is the system as one program sees it.
type System struct {
	mod   reflect.Value // the engine's instance that is taken for the caller
	calls map[string]systemCall
	names []string
}

type systemCall struct {
	params []ValueType
	call   api.GoModuleFunction
}

// NewSystem makes a system.
func (s *Store) NewSystem(e Environment) (*System, error) {
	ctx := context.Background()
	compiled, err := wasi_snapshot_preview1.NewBuilder(s.rt).Compile(ctx)
	if err != nil {
		return nil, err
	}
	defer compiled.Close(ctx)
	functions, err := s.rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	defer functions.Close(ctx)
	config := wazero.NewModuleConfig().WithName("").WithArgs(e.Args...).WithStdin(e.Stdin).WithStdout(e.Stdout).WithStderr(e.Stderr).
		WithSysWalltime().WithSysNanotime().WithNanosleep(func(ns int64) { e.Sleep(time.Duration(ns)) }).WithRandSource(rand.Reader)
	for _, v := range e.Env {
		config = config.WithEnv(v[0], v[1])
	}
	files := wazero.NewFSConfig()
	for _, p := range e.Preopens {
		files = files.WithDirMount(p[1], p[0])
	}
	empty, err := s.rt.CompileModule(ctx, []byte("\x00asm\x01\x00\x00\x00"))
	if err != nil {
		return nil, err
	}
	m, err := s.rt.InstantiateModule(ctx, empty, config.WithFSConfig(files))
	if err != nil {
		return nil, err
	}
	y := &System{mod: reflect.New(inside(m).Type()), calls: map[string]systemCall{}}
	y.mod.Elem().Set(inside(m))
	goruntime.AddCleanup(y, func(m api.Module) { m.Close(ctx) }, m) // with the files that are still open
	source := inside(functions).FieldByName("Source").Elem()
	exports := source.FieldByName("ExportSection")
	for i := range exports.Len() {
		x := exports.Index(i)
		n := int(x.FieldByName("Index").Uint())
		t := source.FieldByName("TypeSection").Index(int(source.FieldByName("FunctionSection").Index(n).Uint()))
		c := systemCall{call: source.FieldByName("CodeSection").Index(n).FieldByName("GoFunc").Interface().(api.GoModuleFunction)}
		for params, j := t.FieldByName("Params"), 0; j < params.Len(); j++ {
			c.params = append(c.params, ValueType(byte(params.Index(j).Uint())))
		}
		name := x.FieldByName("Name").String()
		y.calls[name] = c
		y.names = append(y.names, name)
	}
	return y, nil
}

// SetMemory says what memory the program has.
func (y *System) SetMemory(e *Extern) {
	y.mod.Elem().FieldByName("MemoryInstance").Set(e.inst.in.FieldByName("MemoryInstance"))
}

// Params are the types of a function's parameters, false if there is no such function.
func (y *System) Params(name string) (params []ValueType, ok bool) {
	c, ok := y.calls[name]
	return c.params, ok
}

// Call calls a function; its result is WASI's number of an error. There is room for one word on the stack at least.
func (y *System) Call(name string, stack []uint64) (errno uint32) {
	const fault, overflow = 21, 61
	defer func() {
		// proc_exit is not to come here; what else the engine panics with is of no consequence.
		if x := recover(); x != nil {
			if _, ok := x.(*sys.ExitError); !ok {
				panic(x)
			}
		}
	}()
	y.calls[name].call.Call(context.Background(), y.mod.Interface().(api.Module), stack)
	if errno = uint32(stack[0]); errno == fault {
		errno = overflow // what lies outside of memory
	}
	return errno
}
