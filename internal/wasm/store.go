package wasm

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	goruntime "runtime"
	"sync"
	"time"
	"weak"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Host is what a store asks whoever it belongs to.
type Host interface {
	// Tick is called again and again by code that runs long; it may panic to end that.
	Tick()
	// Room tells whether a memory may grow by so many bytes.
	Room(n int64) bool
	// Interrupted tells whether the script is to end, and Ended when it has. Any goroutine.
	Interrupted() bool
	Ended() <-chan struct{}
	// Grown is told that some memory has grown. Any goroutine.
	Grown()
}

// Store has the instances of one runtime. The engine behind it, with the machine code, is the process's. All but Compile is for one goroutine.
type Store struct {
	host Host
	rt   wazero.Runtime
	tick uintptr // the reference to the function that is called by code that runs long

	fuel int32     // what the next code gets
	last time.Time // when it got some

	// What has been thrown through WebAssembly's frames is here meanwhile.
	thrown any

	waiters waiters

	mu        sync.Mutex
	instances map[uintptr]weak.Pointer[Instance] // by the address of the engine's
	slots     map[uintptr]weak.Pointer[Extern]   // functions by the references that stand for imported ones
}

// engine has the machine code of all modules, once each. Where the process's NODE_COMPILE_CACHE names a directory it is kept there for other
// processes, too.
var engine = sync.OnceValue(func() wazero.CompilationCache {
	if dir := os.Getenv("NODE_COMPILE_CACHE"); dir != "" && os.Getenv("NODE_DISABLE_COMPILE_CACHE") == "" {
		if c, err := wazero.NewCompilationCacheWithDir(filepath.Join(dir, "gonode-wasm")); err == nil {
			return c
		}
	}
	return wazero.NewCompilationCache()
})

const features = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst |
	experimental.CoreFeaturesExceptionHandling | experimental.CoreFeaturesTypedFunctionReferences

// Supported tells whether there is an engine for this processor.
func Supported() bool { return goruntime.GOARCH == "amd64" || goruntime.GOARCH == "arm64" }

// NewStore makes a store.
func NewStore(host Host) *Store {
	ctx := context.Background()
	s := &Store{host: host, fuel: firstFuel, instances: map[uintptr]weak.Pointer[Instance]{}, slots: map[uintptr]weak.Pointer[Extern]{}}
	s.rt = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCompilationCache(engine()).WithCoreFeatures(features).WithDebugInfoEnabled(false))
	compiled, err := s.rt.NewHostModuleBuilder("tick").NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
		s.guarded(func() { s.host.Tick() })
		stack[0] = uint64(s.refuel())
	}), nil, []api.ValueType{api.ValueTypeI32}).Export("").Compile(ctx)
	if err != nil {
		panic(err)
	}
	m, err := s.rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		panic(err)
	}
	s.tick = engineOf(m).FunctionInstanceReference(0)
	return s
}

// Code is a module that can be instantiated. Any goroutine.
type Code struct {
	*Module
	store    *Store
	compiled wazero.CompiledModule
}

// Compile makes machine code of a module. Any goroutine.
func (s *Store) Compile(m *Module, workers int) (*Code, error) {
	ctx := context.Background()
	if workers > 1 {
		ctx = experimental.WithCompilationWorkers(ctx, workers)
	}
	compiled, err := s.rt.CompileModule(ctx, m.Runnable())
	if err != nil {
		return nil, &Error{err.Error(), -1}
	}
	c := &Code{Module: m, store: s, compiled: compiled}
	goruntime.AddCleanup(c, func(compiled wazero.CompiledModule) { compiled.Close(ctx) }, compiled)
	return c, nil
}

// Code is to ask the host about once a millisecond.
const shortest, longest = 500 * time.Microsecond, 2 * time.Millisecond

// refuel is how long the code may go on until it asks again.
func (s *Store) refuel() int32 {
	now := time.Now()
	switch took := now.Sub(s.last); {
	case took < shortest && s.fuel < 1<<24:
		s.fuel *= 2
	case took > longest && s.fuel > 1<<8:
		s.fuel /= 2
	}
	s.last = now
	return s.fuel
}

// thrown marks the panic that stands for what the store has.
type thrown struct{}

func (thrown) Error() string { return "thrown" }

// guarded calls the host from within WebAssembly. What it panics with is kept, and goes on in Call.
func (s *Store) guarded(f func()) {
	defer func() {
		if x := recover(); x != nil {
			s.thrown = x
			panic(thrown{})
		}
	}()
	f()
}

// moduleEngine is what is used of the engine's insides.
type moduleEngine interface {
	NewFunction(index uint32) api.Function
	FunctionInstanceReference(index uint32) uintptr
}

// inside is the engine's own structure of an instance.
func inside(m api.Module) reflect.Value { return reflect.ValueOf(m).Elem() }

func engineOf(m api.Module) moduleEngine {
	return inside(m).FieldByName("Engine").Interface().(moduleEngine)
}

// linear is the bytes of a memory.
type linear struct {
	host    Host
	bytes   []byte
	shared  bool
	mapping *mapping // of shared memory
}

// allocator gives memories their bytes, as far as there is room.
type allocator struct {
	host   Host
	shared bool
}

func (a allocator) Allocate(_, most uint64) experimental.LinearMemory {
	l := &linear{host: a.host, shared: a.shared}
	if a.shared {
		l.mapping = newMapping(int(most)) // it must never move
		l.bytes = l.mapping.bytes[:0]
	}
	return l
}

func (l *linear) Reallocate(size uint64) []byte {
	if size > uint64(cap(l.bytes)) {
		if l.shared || !l.host.Room(int64(size)) {
			return nil
		}
		// Programs that grow page by page are not to copy each time.
		spare := uint64(0)
		if len(l.bytes) > 0 {
			spare = min(size/4, 1<<24)
		}
		larger := make([]byte, size, size+spare)
		copy(larger, l.bytes)
		l.bytes = larger
	}
	if len(l.bytes) > 0 || size == 0 {
		l.host.Grown()
	}
	l.bytes = l.bytes[:size]
	return l.bytes
}

func (l *linear) Free() { l.bytes = nil }
