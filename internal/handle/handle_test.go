package handle

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

func TestMain(m *testing.M) {
	PrepareProcess()
	os.Exit(m.Run())
}

// run gives setup a loop and runs it until nothing holds it open.
func run(t *testing.T, setup func(l *loop.Loop)) {
	t.Helper()
	l, err := loop.New()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	setup(l)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := l.Run(ctx); err != nil {
		t.Fatal("the loop did not end: ", err)
	}
}

func ok(t *testing.T, errno syscall.Errno) {
	t.Helper()
	if errno != 0 {
		t.Fatalf("errno %d: %v", int(errno), errno)
	}
}

var local = netip.MustParseAddrPort("127.0.0.1:0")

// echo listens and sends back what it reads until the peer's end, then closes everything.
func echo(t *testing.T, l *loop.Loop) netip.AddrPort {
	srv := NewTCP(l, "TCPServerWrap")
	ok(t, srv.Bind(local, 0))
	ok(t, srv.Listen(16, func(fd int, errno syscall.Errno) {
		ok(t, errno)
		c := NewTCP(l, "TCPSocketWrap")
		c.OpenAccepted(fd)
		ok(t, c.ReadStart(func(buf []byte, errno syscall.Errno, _ []int) {
			if errno != 0 {
				ok(t, c.Shutdown(func(syscall.Errno) { c.Close(func() { srv.Close(nil) }) }))
				return
			}
			async, errno := c.Write(bytes.Clone(buf), func(errno syscall.Errno) {
				ok(t, errno)
				if c.WriteQueueSize() == 0 {
					ok(t, c.ReadStart(nil))
				}
			})
			ok(t, errno)
			if async {
				c.ReadStop()
			}
		}))
	}))
	addr, errno := srv.SockName()
	ok(t, errno)
	return addr
}

func TestTCPEcho(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MB: far more than the system's buffers
	var got []byte
	wrote, closed := 0, 0
	run(t, func(l *loop.Loop) {
		addr := echo(t, l)
		c := NewTCP(l, "TCPSocketWrap")
		c.SetNoDelay(true)
		inCall := true
		ok(t, c.Connect(addr, func(errno syscall.Errno) {
			if inCall {
				t.Error("connect called back from within")
			}
			ok(t, errno)
			ok(t, c.ReadStart(func(buf []byte, errno syscall.Errno, _ []int) {
				if errno == EOF {
					c.Close(func() { closed++ })
					return
				}
				ok(t, errno)
				got = append(got, buf...)
			}))
			half := len(want) / 2
			async, errno := c.Write(want[:half], func(errno syscall.Errno) { ok(t, errno); wrote++ })
			ok(t, errno)
			if !async {
				t.Error("8 MB went out at once")
			}
			async, errno = c.Writev([][]byte{want[half : half+3], nil, want[half+3:]}, func(errno syscall.Errno) { ok(t, errno); wrote++ })
			ok(t, errno)
			if !async || c.WriteQueueSize() < len(want)-half {
				t.Error("queued", c.WriteQueueSize())
			}
			ok(t, c.Shutdown(func(errno syscall.Errno) { ok(t, errno); wrote++ }))
			if _, errno := c.Write([]byte("x"), nil); errno != unix.EPIPE {
				t.Error("write after shutdown:", errno)
			}
		}))
		inCall = false
	})
	if !bytes.Equal(got, want) || wrote != 3 || closed != 1 {
		t.Fatal(len(got), wrote, closed)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	note := func(name string, got *syscall.Errno, want syscall.Errno) {
		t.Run(name, func(t *testing.T) {
			if *got != want {
				t.Errorf("got %d %v, want %v", int(*got), *got, want)
			}
		})
	}
	var refused, noPath, canceled, inUse, noDir, queued syscall.Errno
	run(t, func(l *loop.Loop) {
		a, b := NewTCP(l, "a"), NewTCP(l, "b")
		ok(t, a.Bind(local, 0))
		addr, _ := a.SockName()
		c := NewTCP(l, "c")
		ok(t, c.Connect(addr, func(errno syscall.Errno) { refused = errno; c.Close(nil) }))
		l.NewTimer(func() {
			ok(t, a.Listen(1, func(fd int, _ syscall.Errno) { sys.Close(fd) }))
			ok(t, b.Bind(addr, 0))
			inUse = b.Listen(1, nil)
			d := NewTCP(l, "d")
			ok(t, d.Connect(addr, func(errno syscall.Errno) { canceled = errno }))
			if _, errno := d.Write([]byte("x"), func(errno syscall.Errno) { queued = errno }); errno != 0 {
				t.Error(errno)
			}
			d.Close(func() { a.Close(nil); b.Close(nil) })
		}).Start(20)
		p := NewPipe(l, "PipeWrap", false)
		ok(t, p.Connect(dir+"/absent", func(errno syscall.Errno) { noPath = errno; p.Close(nil) }))
		q := NewPipe(l, "PipeWrap", false)
		noDir = q.Bind(dir + "/absent/sock")
		q.Close(nil)
	})
	note("connect refused", &refused, unix.ECONNREFUSED)
	note("unix connect to nothing", &noPath, unix.ENOENT)
	note("close while connecting", &canceled, unix.ECANCELED)
	note("write before a connection that is closed", &queued, unix.ECANCELED)
	note("listen on a taken port", &inUse, unix.EADDRINUSE)
	note("unix bind in no directory", &noDir, unix.EACCES)
}

func TestPipeNames(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, func(l *loop.Loop) {
		for name, want := range map[string]syscall.Errno{strings.Repeat("x", 200): unix.EINVAL, "a\x00b": unix.EINVAL, "@file": 0} {
			server, client := NewPipe(l, "PipeServerWrap", false), NewPipe(l, "PipeWrap", false)
			if errno := server.Bind(name); errno != want {
				t.Errorf("%q: bind %v", name, errno)
			}
			if want == 0 {
				if _, err := os.Lstat(name); err != nil {
					t.Error(err)
				}
			} else if errno := client.Connect(name, nil); errno != want {
				t.Errorf("%q: connect %v", name, errno)
			}
			server.Close(nil)
			client.Close(nil)
		}
	})
}

func TestPipePassesDescriptors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	r, w, errno := sys.PipePair(true, true, 0)
	ok(t, errno)
	defer sys.Close(r)
	var text string
	run(t, func(l *loop.Loop) {
		srv := NewPipe(l, "PipeServerWrap", false)
		ok(t, srv.Bind(path))
		ok(t, srv.Fchmod(3))
		ok(t, srv.Listen(1, func(fd int, errno syscall.Errno) {
			ok(t, errno)
			c := NewPipe(l, "PipeWrap", true)
			c.OpenAccepted(fd)
			ok(t, c.ReadStart(func(buf []byte, errno syscall.Errno, fds []int) {
				if errno == EOF {
					c.Close(nil)
					srv.Close(nil)
					return
				}
				text += string(buf)
				for _, fd := range fds {
					if flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); flags&unix.FD_CLOEXEC == 0 {
						t.Error("a received descriptor would be inherited")
					}
					sys.Write(fd, []byte("through"))
					sys.Close(fd)
				}
			}))
		}))
		c := NewPipe(l, "PipeWrap", true)
		ok(t, c.Connect(path, func(errno syscall.Errno) {
			ok(t, errno)
			_, errno = c.WriteFd([]byte("take this"), w, nil)
			ok(t, errno)
			sys.Close(w)
			ok(t, c.Shutdown(func(syscall.Errno) { c.Close(nil) }))
		}))
	})
	var buf [32]byte
	n, errno := sys.Read(r, buf[:])
	ok(t, errno)
	if text != "take this" || string(buf[:n]) != "through" {
		t.Fatal(text, string(buf[:n]))
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Error("the socket's file is left behind")
	}
}

// shell runs a command line; its standard output comes back with its end.
func shell(t *testing.T, command string, change func(*SpawnOptions)) (out string, status, signal int, errno syscall.Errno) {
	exits := 0
	run(t, func(l *loop.Loop) {
		r, w, e := sys.PipePair(true, false, 0)
		ok(t, e)
		o := SpawnOptions{File: "/bin/sh", Args: []string{"sh", "-c", command}, Stdio: []int{-1, w}}
		if change != nil {
			change(&o)
		}
		_, errno = Spawn(l, o, func(st, sig int) { exits++; status, signal = st, sig })
		sys.Close(w)
		p := NewPipe(l, "PipeWrap", false)
		ok(t, p.Open(r))
		ok(t, p.ReadStart(func(buf []byte, errno syscall.Errno, _ []int) {
			if errno != 0 {
				p.Close(nil)
				return
			}
			out += string(buf)
		}))
	})
	if errno == 0 && exits != 1 || errno != 0 && exits != 0 {
		t.Errorf("%d exit callbacks", exits)
	}
	return out, status, signal, errno
}

func TestSpawn(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	os.WriteFile(script, []byte("echo script $1\n"), 0o755)
	os.WriteFile(filepath.Join(dir, "plain"), nil, 0o644)
	for _, c := range []struct {
		name   string
		change func(*SpawnOptions)
		want   string
	}{
		{"echo hi", nil, "hi\n 0 0 0"},
		{"exit 3", nil, " 3 0 0"},
		{"kill -9 $$", nil, " 0 9 0"},
		{"kill -PIPE $$", nil, " 0 13 0"},
		{"pwd", func(o *SpawnOptions) { o.Cwd = "/" }, "/\n 0 0 0"},
		{"echo $A", func(o *SpawnOptions) { o.Env = []string{"A=b"} }, "b\n 0 0 0"},
		{"ls /proc/self/fd | tr '\\n' ' '", nil, "0 1 2 3  0 0 0"},
		{"echo >&5", func(o *SpawnOptions) { o.Stdio = append(o.Stdio, -1, -1, -1, o.Stdio[1]) }, "\n 0 0 0"},
		{"no cwd", func(o *SpawnOptions) { o.Cwd = "/absent" }, " 0 0 2"},
		{"no program", func(o *SpawnOptions) { o.File = "absent-program" }, " 0 0 2"},
		{"found in the child's PATH", func(o *SpawnOptions) {
			o.File, o.Args, o.Env = "script", []string{"x", "y"}, []string{"PATH=/absent:" + dir}
		}, "script y\n 0 0 0"},
		{"not executable", func(o *SpawnOptions) { o.File, o.Env = "plain", []string{"PATH=" + dir} }, " 0 0 13"},
		{"NUL in an argument", func(o *SpawnOptions) { o.Args = []string{"a\x00b"} }, " 0 0 22"},
		{"too long", func(o *SpawnOptions) { o.Args = []string{"sh", strings.Repeat("x", 1<<20)} }, " 0 0 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, status, signal, errno := shell(t, c.name, c.change)
			if got := fmt.Sprintf("%s %d %d %d", out, status, signal, int(errno)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestSpawnHammer runs many children at a time, each of which must be reported once and leave no zombie.
func TestSpawnHammer(t *testing.T) {
	const total, width = 120, 16
	exits := map[int]int{}
	run(t, func(l *loop.Loop) {
		started := 0
		var next func()
		next = func() {
			if started == total {
				return
			}
			started++
			var p *Process
			p, errno := Spawn(l, SpawnOptions{File: "true", Args: []string{"true"}}, func(status, signal int) {
				exits[p.Pid()]++
				if status != 0 || signal != 0 || p.Kill(0) != unix.ESRCH {
					t.Error(status, signal)
				}
				p.Close(next)
			})
			ok(t, errno)
		}
		for range width {
			next()
		}
	})
	if len(exits) != total {
		t.Fatalf("%d of %d exits", len(exits), total)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Error("a child is left:", pid, err)
	}
}

func TestSpawnSync(t *testing.T) {
	for _, c := range []struct {
		name string
		o    SyncOptions
		want string
	}{
		{"cat; echo err >&2; exit 4", SyncOptions{}, "4 0 0 in|err\n"},
		{"printf abcdefgh; sleep 9", SyncOptions{MaxBuffer: 5, KillSignal: 15}, "0 15 105 abcdefgh|"},
		{"echo a; sleep 9", SyncOptions{Timeout: 100 * time.Millisecond, KillSignal: 9}, "0 9 110 a\n|"},
		{"exec sleep 9", SyncOptions{Stop: func() bool { return true }}, "0 9 125 |"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.SpawnOptions = SpawnOptions{File: "sh", Args: []string{"sh", "-c", "exec 3<&-;" + c.name}}
			if c.o.KillSignal == 0 {
				c.o.KillSignal = int(unix.SIGTERM)
			}
			c.o.Stdio = []SyncStdio{{Pipe: true, Input: []byte("in")}, {Pipe: true, Readable: true}, {Pipe: true, Readable: true}}
			r := SpawnSync(c.o)
			if got := fmt.Sprintf("%d %d %d %s|%s", r.Status, r.Signal, int(r.Errno), r.Output[1], r.Output[2]); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUDP(t *testing.T) {
	var got []string
	run(t, func(l *loop.Loop) {
		a, b := NewUDP(l), NewUDP(l)
		ok(t, a.Bind(local, 0))
		to, _ := a.SockName()
		ok(t, a.RecvStart(func(buf []byte, from netip.AddrPort, errno syscall.Errno) {
			ok(t, errno)
			got = append(got, string(buf))
			if len(got) == 3 {
				a.Close(nil)
				b.Close(nil)
			}
		}))
		for i, s := range []string{"one", "", "three"} {
			_, errno := b.Send([]byte(s), to, nil)
			ok(t, errno)
			if i == 1 {
				ok(t, b.Connect(to))
				to = netip.AddrPort{}
			}
		}
	})
	if s := strings.Join(got, ","); s != "one,,three" {
		t.Fatal(s)
	}
}

func TestSignal(t *testing.T) {
	n := 0
	run(t, func(l *loop.Loop) {
		s := NewSignal(l)
		ok(t, s.Start(int(unix.SIGUSR2), func(sig int) { n = sig; s.Close(nil) }))
		ok(t, Kill(os.Getpid(), int(unix.SIGUSR2)))
	})
	if n != int(unix.SIGUSR2) || SignalName(n) != "SIGUSR2" || SignalNumber("SIGUSR2") != n {
		t.Fatal(n)
	}
}

func BenchmarkSpawnSequential(b *testing.B) { benchmarkSpawn(b, 1) }
func BenchmarkSpawn16(b *testing.B)         { benchmarkSpawn(b, 16) }

func benchmarkSpawn(b *testing.B, width int) {
	l, _ := loop.New()
	defer l.Release()
	left := b.N
	var next func()
	next = func() {
		if left == 0 {
			return
		}
		left--
		r, w, _ := sys.SocketPair()
		p := NewPipe(l, "PipeWrap", false)
		p.Open(r)
		p.ReadStart(func(_ []byte, errno syscall.Errno, _ []int) { p.Close(nil) })
		Spawn(l, SpawnOptions{File: "/bin/true", Args: []string{"true"}, Stdio: []int{-1, w}}, func(int, int) { next() })
		sys.Close(w)
	}
	for range width {
		next()
	}
	l.Run(context.Background())
}
