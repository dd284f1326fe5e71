// Package diagnose lets an operator look into a process that runs: SIGUSR1 opens a unix socket, which gonode diagnose asks, and SIGQUIT
// writes the stacks of scripts before the process ends.
package diagnose

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	goruntime "runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/handle"
	"gonode/internal/loop"
	"gonode/internal/supervise"
	"gonode/internal/sys"
	"gonode/runtime"
)

const (
	// readyAfter is when a process begins to listen to the two signals: most end earlier, and a thread that waits for signals costs them something.
	readyAfter = 200 * time.Millisecond
	// patience is how long a thread is waited for that runs Go code.
	patience = time.Second
	// frames is how many of a stack are shown.
	frames = 64
)

// Listen makes a process listen to SIGUSR1, if it is to, and SIGQUIT, as long as no script does. rt is the main thread. Any goroutine.
func Listen(rt *runtime.Runtime, usr1 bool) {
	time.AfterFunc(readyAfter, func() {
		quit, asked := make(chan os.Signal, 1), make(chan os.Signal, 1)
		signal.Notify(quit, unix.SIGQUIT)
		if usr1 {
			signal.Notify(asked, unix.SIGUSR1)
		}
		go func() {
			open := sync.OnceFunc(func() { serve(rt) })
			for {
				select {
				case <-rt.Ended():
					return
				case <-asked:
					if !handle.Watched(int(unix.SIGUSR1)) {
						open()
					}
				case <-quit:
					if !handle.Watched(int(unix.SIGQUIT)) {
						writeQuit(rt)
					}
				}
			}
		}()
	})
}

// writeQuit writes all stacks and ends the process by the signal.
func writeQuit(rt *runtime.Runtime) {
	var b strings.Builder
	writeStacks(&b, rt)
	b.WriteByte('\n')
	os.Stderr.WriteString(b.String())
	pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
	handle.Raise(int(unix.SIGQUIT))
	unix.Exit(128 + int(unix.SIGQUIT)) // the first process of a container is not ended by it
}

// SocketPath is where a process answers.
func SocketPath(pid int) string {
	return filepath.Join(supervise.SocketDir(), "diagnose-"+strconv.Itoa(pid)+".sock")
}

// serve opens the socket. Where that cannot be, what is to be known is written to stderr.
func serve(rt *runtime.Runtime) {
	path := SocketPath(os.Getpid())
	l, err := supervise.ListenControl(path)
	if err != nil {
		var b strings.Builder
		writeSummary(&b, rt)
		fmt.Fprintf(os.Stderr, "gonode diagnose: %v\n%s", err, b.String())
		return
	}
	fmt.Fprintf(os.Stderr, "gonode diagnose %d answers at %s\n", os.Getpid(), path)
	rt.Post(func() { rt.AtExit(func() { l.Close() }) })
	go serveRequests(rt, l)
}

// writeSummary writes what gonode diagnose shows first.
func writeSummary(w io.Writer, rt *runtime.Runtime) {
	fmt.Fprintf(w, "process %d, node %s, up %v, %s\n\n", os.Getpid(), runtime.NodeVersion, time.Since(rt.Started()).Round(time.Second), strings.Join(os.Args, " "))
	writeStacks(w, rt)
	fmt.Fprintln(w)
	writeHandles(w, rt)
	fmt.Fprintln(w)
	writeHeap(w)
}

// everyThread visits the main thread and its workers, and calls f on their goroutines. What cannot be visited is reported instead.
func everyThread(w io.Writer, rt *runtime.Runtime, f func(w io.Writer, rt *runtime.Runtime)) {
	for _, thread := range append([]*runtime.Runtime{rt}, rt.Diagnosis.Threads()...) {
		name := "main thread"
		if c := thread.Config(); c.Thread > 0 {
			name = strings.TrimSpace(fmt.Sprintf("worker thread %d %s", c.Thread, c.ThreadName))
		}
		var b strings.Builder
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		visited := thread.Diagnosis.Visit(ctx, func() { f(&b, thread) })
		cancel()
		switch {
		case visited:
			fmt.Fprintf(w, "%s: %s", name, b.String())
		case !ended(thread):
			fmt.Fprintf(w, "%s: runs code without calls and jumps for %v: a function in Go\n", name, patience)
		}
	}
}

func ended(rt *runtime.Runtime) bool {
	select {
	case <-rt.Ended():
		return true
	default:
		return false
	}
}

func writeStacks(w io.Writer, rt *runtime.Runtime) {
	everyThread(w, rt, func(w io.Writer, rt *runtime.Runtime) {
		sites := rt.Stack(frames)
		if len(sites) == 0 {
			fmt.Fprintf(w, "waits for events\n")
			return
		}
		fmt.Fprintln(w, "runs")
		for i := range sites {
			fmt.Fprintf(w, "    at %s\n", sites[i].String())
		}
	})
}

func writeHandles(w io.Writer, rt *runtime.Runtime) {
	everyThread(w, rt, func(w io.Writer, rt *runtime.Runtime) {
		list := rt.Loop().Activities()
		kinds := map[string]int{}
		for _, a := range list {
			kinds[a.Kind]++
		}
		var counts []string
		for kind, n := range kinds {
			counts = append(counts, fmt.Sprintf("%d %s", n, kind))
		}
		slices.Sort(counts)
		fmt.Fprintf(w, "%d open handles: %s\n", len(list), strings.Join(counts, ", "))
		for _, a := range list {
			fmt.Fprintf(w, "    %s%s\n", a.Kind, about(&a))
			for _, frame := range a.Made {
				fmt.Fprintf(w, "        at %s\n", frame)
			}
		}
	})
}

func about(a *loop.Activity) (s string) {
	if a.FD >= 0 {
		s += fmt.Sprintf(" fd %d", a.FD)
	}
	if strings.HasPrefix(a.Kind, "TCP") || strings.HasPrefix(a.Kind, "UDP") {
		if at, errno := sys.LocalAddr(a.FD); errno == 0 && at.IsValid() {
			s += " " + at.String()
		}
		if at, errno := sys.PeerAddr(a.FD); errno == 0 && at.IsValid() {
			s += " to " + at.String()
		}
	}
	if a.Kind == "Timeout" {
		s += fmt.Sprintf(" due in %d ms", a.Due)
	}
	if !a.Referenced {
		s += ", unreferenced"
	}
	return s
}

func writeHeap(w io.Writer) {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	memory, cpu := sys.ProcessUsage(os.Getpid())
	mb := func(n uint64) float64 { return float64(n) / (1 << 20) }
	fmt.Fprintf(w, "memory: %.1f MB resident; heap %.1f MB live and garbage, %.1f MB in use, %.1f MB of the system's, the next collection at %.1f MB\n",
		mb(uint64(max(memory, 0))), mb(m.HeapAlloc), mb(m.HeapInuse), mb(m.HeapSys-m.HeapReleased), mb(m.NextGC))
	fmt.Fprintf(w, "%d objects, %.1f MB allocated since the start, %d collections with %v of pauses; stacks %.1f MB; %d goroutines; %.2f s of CPU\n",
		m.HeapObjects, mb(m.TotalAlloc), m.NumGC, time.Duration(m.PauseTotalNs).Round(time.Microsecond), mb(m.StackInuse), goruntime.NumGoroutine(), cpu)
}
