package host_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	goruntime "runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/host"
	"gonode/runtime"
)

// attack is what a stranger could do who has taken over a cell's process: scripts of the test binary's cells have it as a module.
var attack = &runtime.Module{Name: "attack", Binding: func(rt *runtime.Runtime) *goja.Object {
	exports := rt.VM().NewObject()
	for name, f := range map[string]func(call goja.FunctionCall) any{
		"write": func(call goja.FunctionCall) any { // into the channel
			data, _ := rt.Bytes(call.Argument(0))
			for len(data) > 0 {
				n, err := syscall.Write(3, data)
				if err != nil && err != syscall.EAGAIN {
					return err.Error()
				}
				data = data[max(n, 0):]
			}
			return nil
		},
		"hangUp": func(goja.FunctionCall) any { return syscall.Shutdown(3, syscall.SHUT_RDWR) == nil },
		"exit":   func(call goja.FunctionCall) any { os.Exit(int(call.Argument(0).ToInteger())); return nil },
		"panic":  func(goja.FunctionCall) any { go func() { panic("on purpose") }(); select {} },
		"spin": func(goja.FunctionCall) any {
			for n := 0; ; n++ {
				goruntime.KeepAlive(n)
			}
		},
		"stop": func(goja.FunctionCall) any { return syscall.Kill(os.Getpid(), syscall.SIGSTOP) },
		"eat": func(goja.FunctionCall) any { // what no limit of the program's counts
			for all := [][]byte{}; ; {
				all = append(all, make([]byte, 1<<20))
				for i := range all[len(all)-1] {
					all[len(all)-1][i] = 1
				}
			}
		},
		"deaf": func(goja.FunctionCall) any { // to every signal that one can be deaf to
			for s := syscall.Signal(1); s < 32; s++ {
				signal.Ignore(s)
			}
			return nil
		},
		"fork": func(goja.FunctionCall) any { return sysError(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0) },
		"exec": func(goja.FunctionCall) any { return syscall.Exec("/proc/self/exe", []string{"x"}, nil).Error() },
		"kill": func(call goja.FunctionCall) any {
			return sysError(syscall.SYS_KILL, uintptr(call.Argument(0).ToInteger()), 0, 0)
		},
		"trace": func(call goja.FunctionCall) any {
			return sysError(syscall.SYS_PTRACE, syscall.PTRACE_ATTACH, uintptr(os.Getppid()), 0)
		},
		"socket": func(goja.FunctionCall) any {
			return sysError(syscall.SYS_SOCKET, syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		},
		"datagram": func(call goja.FunctionCall) any { // from a socket of a pair to one with a path
			pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0)
			if err == nil {
				err = syscall.Sendto(pair[0], []byte("x"), 0, &syscall.SockaddrUnix{Name: call.Argument(0).String()})
			}
			return fmt.Sprint(err)
		},
		"raw": func(goja.FunctionCall) any {
			return sysError(syscall.SYS_SOCKET, syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_TCP)
		},
		"outlive": func(goja.FunctionCall) any { return sysError(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, 0, 0) },
		"capabilities": func(goja.FunctionCall) any { // besides those of files
			head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var has [2]unix.CapUserData
			if err := unix.Capget(&head, &has[0]); err != nil {
				return err.Error()
			}
			const files = 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_FOWNER
			return fmt.Sprint(has[0].Permitted&^files|has[0].Effective&^files, has[1])
		},
		"unshare": func(goja.FunctionCall) any { return sysError(syscall.SYS_UNSHARE, syscall.CLONE_NEWUSER, 0, 0) },
		"limit": func(goja.FunctionCall) any {
			return sysError(syscall.SYS_PRLIMIT64, uintptr(os.Getppid()), syscall.RLIMIT_CPU, 0)
		},
	} {
		rt.SetFunc(exports, name, 1, func(call goja.FunctionCall) goja.Value { return rt.VM().ToValue(f(call)) })
	}
	return exports
}}

func sysError(number, a, b, c uintptr) string {
	_, _, errno := syscall.RawSyscall6(number, a, b, c, 0, 0, 0)
	return errno.Error()
}

// frame is one of the channel's: the kind of a call, a reply or a cancellation, the call's number, what it says.
func frame(kind byte, id uint64, body string) string {
	f := binary.BigEndian.AppendUint32(nil, uint32(9+len(body)))
	f = append(f, kind)
	f = binary.BigEndian.AppendUint64(f, id)
	return string(f) + body
}

// Whatever a cell does, its host gets an error that says so, and goes on.
func TestCellThatAttacks(t *testing.T) {
	send := func(frames ...string) string {
		return fmt.Sprintf("attack.write(Buffer.from(%q, 'hex'))", fmt.Sprintf("%x", strings.Join(frames, "")))
	}
	var replies, calls []string
	for id := range uint64(50) {
		replies = append(replies, frame(1, id, "\x00\xEE"))
	}
	for id := range uint64(2000) {
		calls = append(calls, frame(0, 1<<40+id, "\x40\x04\x00\x00")) // of the first function that was exposed
	}
	// many makes calls of that function as large as they may be, and not too many: nobody answers them.
	many := func(list string, rest int) string {
		call := frame(0, 1<<40, "\x40\x04\x00"+list)
		head := binary.BigEndian.AppendUint32(nil, uint32(len(call)-4+rest))
		return fmt.Sprintf("for (let id = 0; id < 60; id++) attack.write(Buffer.concat([Buffer.from('%x', 'hex').fill(id, 12, 13), Buffer.alloc(%d)]))", string(head)+call[4:], rest)
	}
	deep := frame(1, 3, "\x00"+strings.Repeat("\x0A\x01", 100_000)) // a reply to the script's own call
	const nulls = 1 << 24
	list := "\x00\x0A" + string(binary.AppendUvarint(nil, nulls))
	head := binary.BigEndian.AppendUint32(nil, uint32(9+len(list)+nulls))
	wide := fmt.Sprintf("attack.write(Buffer.concat([Buffer.from('%x', 'hex'), Buffer.alloc(%d)]))", string(head)+frame(1, 3, list)[4:], nulls)
	for name, a := range map[string]struct {
		ends   bool
		limits host.Limits
		script string
		want   string
	}{
		"text":              {ends: true, script: send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), want: "limit: Message"},
		"length":            {ends: true, script: send("\xFF\xFF\xFF\xFF" + strings.Repeat("\x00", 20)), want: "limit: Message"},
		"kind":              {ends: true, script: send(frame(9, 1, "")), want: "makes no sense"},
		"replies":           {ends: true, script: send(replies...), want: "makes no sense"},
		"depth":             {script: send(deep), want: "nests too deep"},
		"width":             {script: wide, want: "limit: Message"},
		"operation":         {ends: true, script: send(frame(0, 1<<40, "\xFF")), want: "makes no sense"},
		"no operation":      {ends: true, script: send(frame(0, 1<<40, "")), want: "makes no sense"},
		"function":          {ends: true, script: send(frame(0, 1<<40, "\x40\x63\x00\x00")), want: "makes no sense"},
		"stream":            {ends: true, script: send(frame(0, 1<<40, "\x41\x63\x10")), want: "makes no sense"},
		"calls":             {ends: true, script: send(calls...), want: "too often"},
		"long calls":        {ends: true, limits: host.Limits{Message: 1 << 18}, script: many("\x00", 900_000), want: "limit: Message"},
		"wide calls":        {ends: true, limits: host.Limits{Message: 1 << 18}, script: many("\x01\x0A"+string(binary.AppendUvarint(nil, 60_000)), 60_000), want: "limit: Message"},
		"number twice":      {ends: true, script: send(frame(0, 1<<40, "\x40\x04\x00\x00"), frame(0, 1<<40, "\x40\x04\x00\x00")), want: "twice"},
		"end":               {ends: true, script: send(frame(0, 1<<40, "\x49\x02\x03Foo")), want: "limit: Foo"},
		"hangs up":          {ends: true, script: `attack.hangUp()`, want: ""},
		"exits":             {ends: true, script: `attack.exit(7)`, want: "exit status 7"},
		"exits with 0":      {ends: true, script: `attack.exit(0)`, want: "exit status 0"},
		"panics":            {ends: true, script: `attack.panic()`, want: "panic: on purpose"},
		"computes for ever": {ends: true, limits: host.Limits{Turn: 50 * time.Millisecond}, script: `attack.spin()`, want: "limit: Turn"},
		"computes":          {ends: true, limits: host.Limits{Wall: 300 * time.Millisecond}, script: `attack.deaf(); attack.spin()`, want: "limit: Wall"},
		"eats":              {ends: true, limits: host.Limits{Memory: 16 << 20}, script: `attack.eat()`, want: "limit: Memory"},
		"stops itself":      {ends: true, limits: host.Limits{Wall: 300 * time.Millisecond}, script: `attack.stop()`, want: "limit: Wall"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cell(t, host.Config{Limits: a.limits}, nil, host.Sandbox{})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := c.Expose(ctx, "never", func(ctx context.Context, list []any) { <-ctx.Done() }); err != nil {
				t.Fatal(err)
			}
			var out []any
			err := c.Eval(ctx, &out, "attack.js", `const attack = process.getBuiltinModule('attack'); `+a.script+`; new Promise(() => {})`)
			if err == nil || !strings.Contains(err.Error(), a.want) || a.ends != errors.Is(err, host.ErrClosed) {
				t.Errorf("%v", err)
			}
			if a.ends {
				return
			}
			var n int
			if err := c.Eval(ctx, &n, "after.js", "1 + 1"); err != nil || n != 2 {
				t.Error(n, err)
			}
		})
	}
}

// A cell is given nothing of the system's; nor does it reach other processes.
func TestCellIsConfined(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.js", `globalThis.ran = __filename`)
	write(t, dir, "package.json", `{}`)
	open := t.TempDir()
	mailbox, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: open + "/mailbox"})
	if err != nil {
		t.Fatal(err)
	}
	defer mailbox.Close()
	box, err := host.NewCell(t.Context(), host.Config{Dir: dir}, host.Sandbox{Write: []string{open}})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	if is := box.Isolation(); is.Landlock == 0 || !is.Seccomp {
		t.Error(is)
	}
	if err := box.Run(t.Context(), "main.js"); err != nil {
		t.Error(err)
	}
	const head = `const need = (name) => process.getBuiltinModule(name), fs = need('fs'), attack = need('attack');
		const code = (f) => { try { return f() ?? 'done' } catch (e) { return e.code } };
		const later = (on) => new Promise((resolve) => on.on('error', (e) => resolve(e.code)).on('listening', () => resolve('listens')).on('connect', () => resolve('connected')));`
	for _, c := range [][2]string{
		{`ran`, dir + "/main.js"},
		{`JSON.stringify(process.env)`, "{}"},
		{`code(() => fs.readFileSync('/etc/passwd'))`, "EACCES"},
		{`code(() => fs.readdirSync('/'))`, "EACCES"},
		{`code(() => fs.readFileSync('/proc/' + process.ppid + '/environ'))`, "EACCES"},
		{`code(() => fs.readFileSync('/proc/self/environ'))`, "EACCES"},
		{`code(() => fs.writeFileSync(ran, ''))`, "EACCES"},
		{`code(() => fs.unlinkSync(ran))`, "EACCES"},
		{`code(() => fs.chmodSync(ran, 0))`, "EPERM"},
		{`code(() => fs.chownSync(ran, 1, 1))`, "EPERM"},
		{`code(() => fs.utimesSync(ran, 1, 1))`, "EPERM"},
		{`code(() => fs.writeFileSync('` + open + `/x', 'text'))`, "done"},
		{`code(() => fs.readFileSync('` + open + `/x', 'utf8'))`, "text"},
		{`code(() => fs.linkSync(ran, '` + open + `/y'))`, "EXDEV"},
		{`code(() => fs.symlinkSync('/etc/passwd', '` + open + `/z'))`, "done"},
		{`code(() => fs.readFileSync('` + open + `/z'))`, "EACCES"},
		{`later(need('net').connect(1, '127.0.0.1'))`, "EPERM"},
		{`later(need('net').connect('/run/docker.sock'))`, "EPERM"},
		{`later(need('net').createServer().listen(0, '127.0.0.1'))`, "EPERM"},
		{`later(need('dgram').createSocket('udp4').bind(0))`, "EPERM"},
		{`code(() => need('child_process').spawn('/bin/true'))`, "EPERM"},
		{`code(() => need('child_process').execSync('true'))`, "EPERM"},
		{`code(() => need('child_process').fork(ran))`, "EPERM"},
		{`code(() => process.kill(process.ppid, 0))`, "EPERM"},
		{`code(() => need('os').setPriority(10))`, "ERR_SYSTEM_ERROR"},
		{`attack.fork()`, "operation not permitted"},
		{`attack.exec()`, "operation not permitted"},
		{`attack.kill(1)`, "operation not permitted"},
		{`attack.kill(-1)`, "operation not permitted"},
		{`attack.trace()`, "operation not permitted"},
		{`attack.socket()`, "operation not permitted"},
		{`attack.datagram('` + open + `/mailbox')`, "operation not permitted"},
		{`attack.raw()`, "operation not permitted"},
		{`attack.outlive()`, "operation not permitted"},
		{`attack.capabilities()`, "0 {0 0 0}"},
		{`attack.unshare()`, "operation not permitted"},
		{`attack.limit()`, "operation not permitted"},
		// What is needed is there.
		{`need('os').cpus().length > 0 && process.memoryUsage().rss > 0 && 'yes'`, "yes"},
		{`new Date(0).toLocaleString('en', { timeZone: 'America/New_York' })`, "12/31/1969, 7:00:00 PM"},
		{`need('crypto').randomBytes(4).length + ''`, "4"},
		{`new Promise((resolve) => new (need('worker_threads').Worker)('require("worker_threads").parentPort.postMessage("hi")', { eval: true }).on('message', resolve))`, "hi"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		var got string
		if err := box.Eval(ctx, &got, "try.js", "{"+head+c[0]+"}"); err != nil || got != c[1] {
			t.Errorf("%s: %q, %v", c[0], got, err)
		}
		cancel()
	}
}

// Sandbox gives what it says.
func TestCellSandbox(t *testing.T) {
	readable, open := t.TempDir(), t.TempDir()
	write(t, readable, "x", "text")
	c := cell(t, host.Config{Env: []string{"A=b"}, Args: []string{"one"}}, nil, host.Sandbox{Read: []string{readable + "/x"}, Write: []string{open}, Run: programs(), Network: true})
	for script, want := range map[string]string{
		`need('fs').readFileSync('` + readable + `/x', 'utf8')`:    "text",
		`String(need('child_process').execSync('echo $A')).trim()`: "b",
		`process.argv.at(-1) + process.env.A`:                      "oneb",
		// What may be written may not be run.
		`need('fs').writeFileSync('` + open + `/x', '#!/bin/sh', { mode: 0o755 }); need('child_process').spawnSync('` + open + `/x').error.code`: "EACCES",
		`new Promise((resolve) => {
			const server = need('net').createServer((s) => s.end('hi')).listen(0, '127.0.0.1', () =>
				need('net').connect(server.address().port, '127.0.0.1').on('data', (d) => { server.close(); resolve(String(d)) }));
		})`: "hi",
	} {
		var got string
		if err := c.Eval(t.Context(), &got, "try.js", "{ const need = (name) => process.getBuiltinModule(name);"+script+"}"); err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: %q, %v", script, got, err)
		}
	}
	var text string
	if err := c.Eval(t.Context(), &text, "raw.js", `process.getBuiltinModule('attack').raw()`); err != nil || text != "operation not permitted" {
		t.Errorf("%q, %v", text, err)
	}
	watched := cell(t, host.Config{}, nil, host.Sandbox{})
	if err := watched.Eval(t.Context(), &text, "watch.js", `try { process.getBuiltinModule('fs').watch('/tmp'); 'watches' } catch (e) { e.code }`); err != nil || text != "EPERM" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := host.NewCell(t.Context(), host.Config{Dir: "/"}, host.Sandbox{Read: []string{"/none"}}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// Close leaves nothing: no process, no zombie, no descriptor, no goroutine.
func TestCellLeavesNoTrace(t *testing.T) {
	descriptors := func() int { all, _ := os.ReadDir("/proc/self/fd"); return len(all) }
	cell(t, host.Config{}, nil, host.Sandbox{}).Close() // what is opened once
	before, goroutines := descriptors(), goruntime.NumGoroutine()
	for _, script := range []string{
		`process.pid`, `for (;;);`, `attack.deaf(); attack.spin()`, `attack.stop()`, `new Promise(() => {})`, `wait()`,
	} {
		c := cell(t, host.Config{Stdin: strings.NewReader("x")}, nil, host.Sandbox{})
		began := make(chan int, 1)
		if err := errors.Join(
			c.Expose(t.Context(), "began", func(pid int) { began <- pid }),
			c.Expose(t.Context(), "wait", func(ctx context.Context) { <-ctx.Done() }),
		); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() {
			if err := c.Eval(context.Background(), nil, "x.js", `const attack = process.getBuiltinModule('attack'); began(process.pid); `+script); err != nil && !errors.Is(err, host.ErrClosed) {
				t.Error(err)
			}
		})
		pid := <-began
		for range 3 {
			all.Go(func() { c.Close() })
		}
		all.Wait()
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("%s: process %d: %v", script, pid, err)
		}
		if err := c.Eval(t.Context(), nil, "x.js", "1"); !errors.Is(err, host.ErrClosed) {
			t.Error(err)
		}
	}
	for i := 0; descriptors() > before || goruntime.NumGoroutine() > goroutines; i++ {
		if i == 1000 {
			t.Fatalf("%d descriptors, %d before; %d goroutines, %d before", descriptors(), before, goruntime.NumGoroutine(), goroutines)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func hasState(pid int, state string) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, state)
}

// cellHostVar has the test binary make a cell, say which, and wait.
const cellHostVar = "GONODE_TEST_CELLHOST"

func init() {
	cellProcess = func() (options []host.Option) {
		if os.Getenv(runtime.ChildEnv) == "cell" {
			options = append(options, host.WithModules(attack))
		}
		if os.Getenv(cellHostVar) != "" && os.Getenv(runtime.ChildEnv) == "" {
			serveCellHost()
		}
		return options
	}
}

func serveCellHost() {
	host.RunChild()
	var pid int
	for _, script := range []string{"for (;;);", "process.getBuiltinModule('attack').stop()"} {
		c, err := host.NewCell(context.Background(), host.Config{}, host.Sandbox{})
		if err != nil {
			panic(err)
		}
		if err := c.Eval(context.Background(), &pid, "x.js", "setTimeout(() => { "+script+" }, 100); process.pid"); err != nil {
			panic(err)
		}
		fmt.Println(pid)
	}
	select {}
}

// A cell does not outlive its host, however that ends.
func TestCellEndsWithHost(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), cellHostVar+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var computes, stopped int
	if _, err := fmt.Fscan(out, &computes, &stopped); err != nil {
		t.Fatal(err)
	}
	for i := 0; !hasState(stopped, "T") && i < 500; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	isGone(t, computes)
	isGone(t, stopped)
}

// isGone waits for the end of a process.
func isGone(t *testing.T, pid int) {
	t.Helper()
	for i := 0; syscall.Kill(pid, 0) == nil && !hasState(pid, "Z"); i++ {
		if i == 500 {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("it still runs")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Neither do the children of a cell outlive it, also if it ends by itself.
func TestCellTakesItsChildrenAlong(t *testing.T) {
	c := cell(t, host.Config{}, nil, host.Sandbox{Run: programs()})
	var pid int
	if err := c.Eval(t.Context(), &pid, "child.js", `const child = process.getBuiltinModule('child_process').spawn('sleep', ['60']); child.pid`); err != nil {
		t.Fatal(err)
	}
	if err := c.Eval(t.Context(), nil, "exit.js", `process.getBuiltinModule('attack').exit(0)`); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
	isGone(t, pid)
}

// A cell that does not listen is ended when a call to it was given up.
func TestCellThatDoesNotAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	t.Parallel()
	c := cell(t, host.Config{}, nil, host.Sandbox{})
	// A cell may still answer, also that nobody waits any more, and stop only then.
	for end := time.Now().Add(time.Minute); ; {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := c.Eval(ctx, nil, "x.js", `process.getBuiltinModule('attack').stop()`)
		cancel()
		if errors.Is(err, host.ErrClosed) {
			if !strings.Contains(err.Error(), "does not answer") {
				t.Error(err)
			}
			return
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestCellMisuse(t *testing.T) {
	var none *host.Cell
	if err := none.Eval(t.Context(), nil, "x.js", "1"); err == nil || none.Close() != nil || none.Isolation() != (host.Isolation{}) {
		t.Error(err)
	}
	c, p := cell(t, host.Config{}, nil, host.Sandbox{}), program(t, host.Config{}, nil)
	var f *host.Func
	if err := c.Eval(t.Context(), &f, "x.js", "() => 1"); err != nil {
		t.Fatal(err)
	}
	if err := p.Expose(t.Context(), "f", f); err == nil {
		t.Error("a function goes from a cell to a program")
	}
	if err := c.Eval(t.Context(), 5, "x.js", "1"); err == nil {
		t.Error("a result is stored in no pointer")
	}
	if err := c.Expose(t.Context(), "f", make(chan int)); err == nil || !strings.Contains(err.Error(), "chan int cannot be given") {
		t.Error(err)
	}
	if err := c.Expose(t.Context(), "leave", func() { c.Close() }); err != nil {
		t.Fatal(err)
	}
	if err := c.Eval(t.Context(), nil, "leave.js", `leave()`); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
	if err := f.Call(t.Context(), nil); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
	if _, err := host.NewCell(t.Context(), host.Config{Policy: &runtime.Policy{Resolve: net.DefaultResolver.LookupNetIP}}, host.Sandbox{}); err == nil {
		t.Error("a resolver is taken")
	}
	c = cell(t, host.Config{Policy: &runtime.Policy{Allow: []runtime.Access{runtime.AccessWorker}}}, nil, host.Sandbox{})
	var text string
	if err := c.Eval(t.Context(), &text, "x.js", `
		const { Worker } = process.getBuiltinModule('worker_threads');
		try { process.getBuiltinModule('os').hostname() } catch (e) { new Promise((resolve) => new Worker('', { eval: true }).on('exit', () => resolve(e.code))) }`); err != nil || text != "ERR_ACCESS_DENIED" {
		t.Error(text, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := host.NewCell(ctx, host.Config{}, host.Sandbox{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	gone := cell(t, host.Config{}, nil, host.Sandbox{})
	cause := errors.New("cause")
	ends, end := context.WithCancelCause(t.Context())
	c, err := host.NewCell(ends, host.Config{}, host.Sandbox{})
	if err != nil {
		t.Fatal(err)
	}
	end(cause)
	if err := c.Eval(t.Context(), nil, "x.js", "new Promise(() => {})"); !errors.Is(err, host.ErrClosed) || !errors.Is(err, cause) {
		t.Error(err)
	}
	gone.Close()
	gone.Close()
}
