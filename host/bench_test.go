package host_test

import (
	"os"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"testing"

	"gonode/host"
)

// What a call costs: go test ./host -run - -bench .
func BenchmarkCall(b *testing.B) {
	p, add := adder(b, host.NewEngine())
	defer p.Close()
	var sum int
	for b.Loop() {
		if err := add.Call(b.Context(), &sum, 1, 2); err != nil || sum != 3 {
			b.Fatal(sum, err)
		}
	}
}

// What calls cost from 64 goroutines, to as many programs as there are processors.
func BenchmarkCallAtOnce(b *testing.B) {
	eng := host.NewEngine()
	adders := make([]*host.Func, runtime.GOMAXPROCS(0))
	for i := range adders {
		p, add := adder(b, eng)
		defer p.Close()
		adders[i] = add
	}
	var next atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		add := adders[int(next.Add(1))%len(adders)]
		for pb.Next() {
			var sum int
			if err := add.Call(b.Context(), &sum, 1, 2); err != nil || sum != 3 {
				b.Fatal(sum, err)
			}
		}
	})
}

func adder(b *testing.B, eng *host.Engine) (*host.Program, *host.Func) {
	p, err := eng.New(b.Context(), host.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var add *host.Func
	if err := p.Eval(b.Context(), &add, "add.js", `(a, b) => a + b`); err != nil {
		b.Fatal(err)
	}
	return p, add
}

// What a program costs that does nothing: time, memory, descriptors and threads of each.
func BenchmarkIdle(b *testing.B) {
	eng := host.NewEngine()
	p, _ := adder(b, eng) // what all have in common
	defer p.Close()
	usage := func() (memory uint64, descriptors, threads int) {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		files, _ := os.ReadDir("/proc/self/fd")
		tasks, _ := os.ReadDir("/proc/self/task")
		return s.HeapInuse + s.StackInuse, len(files), len(tasks)
	}
	var all []*host.Program
	memory, descriptors, threads := usage()
	for b.Loop() {
		p, _ := adder(b, eng)
		all = append(all, p)
	}
	b.StopTimer()
	m, d, t := usage()
	n := float64(len(all))
	b.ReportMetric(float64(m-memory)/n/1024, "KB/program")
	b.ReportMetric(float64(d-descriptors)/n, "fds/program")
	b.ReportMetric(float64(t-threads)/n, "threads/program")
	if name := os.Getenv("HEAP_PROFILE"); name != "" {
		f, _ := os.Create(name)
		pprof.WriteHeapProfile(f)
		f.Close()
	}
	for _, p := range all {
		p.Close()
	}
}

// What a cell costs: to start and end one, and a call to it.
func BenchmarkCellStart(b *testing.B) {
	for b.Loop() {
		c, err := host.NewCell(b.Context(), host.Config{Dir: "/tmp"}, host.Sandbox{})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

func BenchmarkCellCall(b *testing.B) {
	c, err := host.NewCell(b.Context(), host.Config{Dir: "/tmp"}, host.Sandbox{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	var add *host.Func
	if err := c.Eval(b.Context(), &add, "add.js", `(a, b) => a + b`); err != nil {
		b.Fatal(err)
	}
	var sum int
	for b.Loop() {
		if err := add.Call(b.Context(), &sum, 1, 2); err != nil || sum != 3 {
			b.Fatal(sum, err)
		}
	}
}
