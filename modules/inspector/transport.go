package inspector

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/loader"
	"gonode/runtime"
)

// message is what a debugger elsewhere has to say: that it is there, a message, or that it has gone.
type message struct {
	session    int
	kind, text string
}

// inbox is what has come in and waits for the runtime's goroutine. Any goroutine.
type inbox struct {
	mu     sync.Mutex
	list   []message
	signal chan struct{} // has room for one
}

func (b *inbox) init() { b.signal = make(chan struct{}, 1) }

func (b *inbox) add(m message) {
	b.mu.Lock()
	b.list = append(b.list, m)
	b.mu.Unlock()
	select {
	case b.signal <- struct{}{}:
	default:
	}
}

func (b *inbox) take() (m message, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) == 0 {
		b.list = nil
		return message{}, false
	}
	m, b.list = b.list[0], b.list[1:]
	return m, true
}

// receive takes a message on a goroutine of the server's, and sees to it that the runtime reads it, also while a script runs or stands still.
func (in *inspector) receive(m message) {
	in.inbox.add(m)
	in.rt.Debugger.Notice()
	in.rt.Post(func() {
		in.rt.Debugger.Noticed()
		in.rt.CallMethod(in.rt.Require("internal/inspector/sessions"), "drain")
	})
}

// transport has
//
//	open(port, host), close(), url()      the server; -1 is the port of the options
//	next(wait)                            the next message, undefined if there is none or the script ends
//	send(session, text)
//	awaitReady()                          an object whose property done becomes true; ready(), waiting()
//	onConsole(f), onUncaught(f)
//	start()                               what the options ask for
func (in *inspector) transport() {
	rt, vm := in.rt, in.vm
	in.do("open", func(call goja.FunctionCall) {
		port := int(call.Argument(0).ToInteger())
		if port < 0 {
			port = rt.Config().Options.Inspect.ServerPort()
		}
		host := call.Argument(1).String()
		if host == "" {
			host = rt.Config().Options.Inspect.Host
		}
		rt.Access.DemandOfHost(runtime.AccessInspector, "")
		in.open(port, host)
	})
	in.do("start", func(goja.FunctionCall) { in.start() })
	in.do("close", func(goja.FunctionCall) { in.close() })
	in.set("url", func(goja.FunctionCall) goja.Value {
		if in.server == nil {
			return goja.Undefined()
		}
		return vm.ToValue(in.server.url())
	})
	in.set("next", func(call goja.FunctionCall) goja.Value {
		for {
			if m, ok := in.inbox.take(); ok {
				return in.record("session", m.session, "kind", m.kind, "text", rt.TextValue(m.text))
			}
			rt.Debugger.Noticed()
			if !call.Argument(0).ToBoolean() {
				return goja.Undefined()
			}
			select {
			case <-in.inbox.signal:
			case <-rt.Done():
				return goja.Undefined()
			}
		}
	})
	in.do("send", func(call goja.FunctionCall) {
		if in.server != nil {
			in.server.send(int(call.Argument(0).ToInteger()), []byte(call.Argument(1).String()))
		}
	})
	in.set("awaitReady", func(goja.FunctionCall) goja.Value {
		in.ready = in.record("done", false)
		return in.ready
	})
	in.do("ready", func(goja.FunctionCall) {
		if in.ready != nil {
			in.ready.Set("done", true)
			in.ready = nil
		}
	})
	in.set("waiting", func(goja.FunctionCall) goja.Value { return vm.ToValue(in.ready != nil) })
	in.do("onConsole", func(call goja.FunctionCall) {
		f, _ := goja.AssertFunction(call.Argument(0))
		rt.Debugger.OnConsole(func(kind string, args []goja.Value) {
			rt.Call(f, goja.Undefined(), vm.ToValue(kind), in.list(args))
		})
	})
	in.do("onUncaught", func(call goja.FunctionCall) {
		f, _ := goja.AssertFunction(call.Argument(0))
		rt.Debugger.OnUncaught(func(err goja.Value) { rt.Call(f, goja.Undefined(), err) })
	})
}

// open starts the server and says where it is.
func (in *inspector) open(port int, host string) {
	title := fmt.Sprintf("%s[%d]", in.rt.Config().Argv0, os.Getpid())
	url := ""
	if file := in.rt.MainScript; file != "" {
		title, url = filepath.Base(file), file
		if filepath.IsAbs(file) {
			url = loader.FileURL(file)
		}
	}
	s, err := listen(host, port, runtime.NodeVersion, title, url, in.receive, func(text string) { io.WriteString(in.rt.Stderr(), text) })
	if err != nil {
		fmt.Fprintf(in.rt.Stderr(), "%s\n", err)
		return
	}
	in.server = s
	o := &in.rt.Config().Options.Inspect
	o.Port, o.PortGiven = s.port(), true // process.debugPort
	fmt.Fprintf(in.rt.Stderr(), "Debugger listening on %s\nFor help, see: https://nodejs.org/learn/getting-started/debugging\n", s.url())
	in.rt.AtEnd(in.finish)
}

func (in *inspector) close() {
	if s := in.server; s != nil {
		in.server = nil
		s.close()
		if in.rt.Loaded("internal/inspector/sessions") {
			in.rt.CallMethod(in.rt.Require("internal/inspector/sessions"), "drain")
		}
		fmt.Fprintf(in.rt.Stderr(), "Debugger ending on %s\nFor help, see: https://nodejs.org/learn/getting-started/debugging\n", s.url())
	}
}

// finish is the end of the script: debuggers that are there are told, and waited for.
func (in *inspector) finish() {
	s := in.server
	if s == nil {
		return
	}
	s.stopListening()
	if in.rt.Loaded("internal/inspector/sessions") {
		in.rt.Enter(func() {
			in.rt.CallMethod(in.rt.Require("internal/inspector/sessions"), "finish", in.rt.Method("", 0, func(goja.FunctionCall) goja.Value {
				io.WriteString(in.rt.Stderr(), "Waiting for the debugger to disconnect...\n")
				return goja.Undefined()
			}))
		})
	}
	in.server = nil
	s.close()
}

// start does what the options ask for before the first script runs: it opens the server, and waits for a debugger.
func (in *inspector) start() {
	o := &in.rt.Config().Options.Inspect
	in.rt.Debugger.Prepare()
	in.open(o.ServerPort(), o.Host)
	if in.server != nil && (o.Wait || o.Break) {
		in.rt.CallMethod(in.rt.Require("internal/inspector/sessions"), "wait", in.vm.ToValue(o.Break))
	}
}
