package diagnose

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	goruntime "runtime"
	"runtime/pprof"
	"time"

	"gonode/internal/profile"
	"gonode/internal/supervise"
	"gonode/runtime"
)

// Request asks for one of Subjects, as a line of JSON on the socket. The answer is a line, too, with an error or none, and then what was asked for.
type Request struct {
	Subject string  `json:"subject"`
	Seconds float64 `json:"seconds,omitempty"` // how long a profile takes
}

type answer struct {
	Error string `json:"error,omitempty"`
}

// Subjects are what can be asked for, with the name of the file that a client writes: "" for what is read at once.
func Subjects() [][2]string {
	return [][2]string{{"summary", ""}, {"stacks", ""}, {"handles", ""}, {"heap", ""}, {"report", ""}, {"cpu-profile", "cpuprofile"},
		{"go-stacks", ""}, {"go-cpu-profile", "pprof"}, {"go-heap-profile", "pprof"}}
}

const longest = 10 * time.Minute

func serveRequests(rt *runtime.Runtime, l net.Listener) {
	supervise.ServeRequests(l, func(conn net.Conn, r Request, err error) {
		var b bytes.Buffer
		if err == nil {
			err = write(&b, rt, r)
		}
		var a answer
		if err != nil {
			a.Error = err.Error()
			b.Reset()
		}
		conn.SetWriteDeadline(time.Now().Add(time.Minute))
		json.NewEncoder(conn).Encode(a)
		conn.Write(b.Bytes())
	})
}

func write(w io.Writer, rt *runtime.Runtime, r Request) error {
	seconds := time.Duration(r.Seconds * float64(time.Second))
	if seconds <= 0 || seconds > longest {
		seconds = 5 * time.Second
	}
	switch r.Subject {
	case "summary":
		writeSummary(w, rt)
	case "stacks":
		writeStacks(w, rt)
	case "handles":
		writeHandles(w, rt)
	case "heap":
		writeHeap(w)
	case "report":
		return writeReport(w, rt)
	case "cpu-profile":
		return profile.Write(w, rt, seconds)
	case "go-stacks":
		return pprof.Lookup("goroutine").WriteTo(w, 2)
	case "go-cpu-profile":
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		time.Sleep(seconds)
		pprof.StopCPUProfile()
	case "go-heap-profile":
		// Of what was allocated before nothing is known.
		if rate := goruntime.MemProfileRate; rate == 0 {
			goruntime.MemProfileRate = 16 << 10
			defer func() { goruntime.MemProfileRate = 0 }()
		}
		time.Sleep(seconds)
		goruntime.GC()
		return pprof.Lookup("allocs").WriteTo(w, 0)
	default:
		return fmt.Errorf("nothing is known of %q", r.Subject)
	}
	return nil
}

// writeReport asks process.report, between two macrotasks: it is a script.
func writeReport(w io.Writer, rt *runtime.Runtime) error {
	text := make(chan string, 1)
	rt.Post(func() {
		report := rt.CallMethod(rt.Require("internal/process/report"), "getReport")
		b, _ := report.ToObject(rt.VM()).MarshalJSON()
		text <- string(b)
	})
	select {
	case t := <-text:
		_, err := fmt.Fprintln(w, t)
		return err
	case <-rt.Ended():
		return errors.New("the script has ended")
	case <-time.After(10 * time.Second):
		return errors.New("a script does not come to an end; ask for stacks or a cpu-profile")
	}
}

// Ask asks the process that answers at path and writes what comes to w.
func Ask(path string, r Request, w io.Writer) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return err
	}
	in := json.NewDecoder(conn)
	var a answer
	if err := in.Decode(&a); err != nil {
		return fmt.Errorf("the process has ended")
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	rest := io.MultiReader(in.Buffered(), conn)
	io.CopyN(io.Discard, rest, 1) // the line's end
	_, err = io.Copy(w, rest)
	return err
}
