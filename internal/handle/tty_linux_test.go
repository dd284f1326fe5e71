package handle

import (
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

func TestTTY(t *testing.T) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	defer unix.Close(master)
	unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("the pseudo-terminal cannot be opened: ", err)
	}
	defer unix.Close(slave)
	unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &unix.Winsize{Col: 81, Row: 25})
	if got := GuessType(slave); got != "TTY" {
		t.Error("guessed", got)
	}
	flags := func() int { f, _ := unix.FcntlInt(uintptr(slave), unix.F_GETFL, 0); return f }
	before, got := flags(), ""
	run(t, func(l *loop.Loop) {
		tty, errno := OpenTTY(l, slave)
		ok(t, errno)
		if cols, rows, errno := tty.Size(); cols != 81 || rows != 25 || errno != 0 {
			t.Error("size", cols, rows, errno)
		}
		ok(t, tty.SetRaw(true))
		ok(t, tty.ReadStart(func(buf []byte, errno syscall.Errno, _ []int) {
			got += string(buf)
			tty.Close(nil)
		}))
		if flags() != before {
			t.Error("the shared description changed: what shares the terminal would read without blocking")
		}
		sys.Write(master, []byte("x")) // without a line's end: only raw mode delivers it
	})
	tio, err := unix.IoctlGetTermios(slave, unix.TCGETS)
	if err != nil || tio.Lflag&unix.ICANON == 0 {
		t.Error("raw mode outlives the handle", err)
	}
	if got != "x" {
		t.Errorf("read %q", got)
	}
}

func TestGuessType(t *testing.T) {
	r, w, errno := sys.PipePair(true, true, 0)
	ok(t, errno)
	a, b, errno := sys.SocketPair()
	ok(t, errno)
	tcp, errno := sys.Socket(unix.AF_INET6, unix.SOCK_STREAM)
	ok(t, errno)
	udp, errno := sys.Socket(unix.AF_INET, unix.SOCK_DGRAM)
	ok(t, errno)
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fd   int
		want string
	}{{r, "PIPE"}, {w, "PIPE"}, {a, "PIPE"}, {b, "PIPE"}, {tcp, "TCP"}, {udp, "UDP"}, {null, "FILE"}, {-1, "INVALID"}, {9999, "UNKNOWN"}} {
		if got := GuessType(c.fd); got != c.want {
			t.Errorf("%d: got %s, want %s", c.fd, got, c.want)
		}
		if c.fd >= 0 && c.fd < 9999 {
			sys.Close(c.fd)
		}
	}
}
