package supervise

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Notify tells systemd, where it has started the program: sd_notify(3). It is silent where nobody listens.
func Notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if path[0] == '@' {
		path = "\x00" + path[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return
	}
	conn.Write([]byte(state))
	conn.Close()
}

// Listener is a listening socket that was inherited.
type Listener struct {
	FD      int
	Address string // or a path
	Port    int    // -1 for a path
}

// ListenFDs gives the sockets that systemd, or who speaks like it, has opened for this process: sd_listen_fds(3). It takes the
// variables out of the environment, as they are not for children.
func ListenFDs() (list []Listener) {
	pid, _ := strconv.Atoi(os.Getenv("LISTEN_PID"))
	n, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if pid != os.Getpid() || n <= 0 || n > 1024 {
		return nil
	}
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	for fd := 3; fd < 3+n; fd++ {
		unix.CloseOnExec(fd)
		sa, err := unix.Getsockname(fd)
		if err != nil {
			continue
		}
		switch sa := sa.(type) {
		case *unix.SockaddrInet4:
			list = append(list, Listener{fd, net.IP(sa.Addr[:]).String(), sa.Port})
		case *unix.SockaddrInet6:
			list = append(list, Listener{fd, net.IP(sa.Addr[:]).String(), sa.Port})
		case *unix.SockaddrUnix:
			list = append(list, Listener{fd, sa.Name, -1})
		}
	}
	return list
}

// RunningError is that another supervisor has the control socket.
type RunningError struct{ Path string }

func (e *RunningError) Error() string { return "another supervisor runs: it answers at " + e.Path }

// SocketDir is where sockets are that only this user may connect to.
func SocketDir() string {
	dir := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "gonode")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(os.TempDir(), "gonode-"+strconv.Itoa(os.Getuid()))
	}
	return dir
}

// SocketPath is where the supervisor of that name is controlled.
func SocketPath(name string) (string, error) {
	if filepath.Base(name) != name || name == "." || name == ".." {
		return "", fmt.Errorf("%q cannot be a name", name)
	}
	return filepath.Join(SocketDir(), "serve-"+name+".sock"), nil
}

// ListenControl opens the control socket, which only this user may connect to. One that a dead supervisor has left is replaced.
func ListenControl(path string) (net.Listener, error) {
	if err := ClearSocket(path); err != nil {
		return nil, err
	}
	old := unix.Umask(0o177)
	l, err := net.Listen("unix", path)
	unix.Umask(old)
	return l, err
}

// ClearSocket makes room for a socket at a path, in a directory that is made if need be: one that nobody answers at is removed.
func ClearSocket(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if st, err := os.Stat(dir); err == nil {
		if owner, ok := st.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Getuid() && owner.Uid != 0 {
			return fmt.Errorf("%s belongs to another user", dir)
		}
	}
	if st, err := os.Lstat(path); err == nil {
		if st.Mode()&os.ModeSocket == 0 {
			return fmt.Errorf("%s is there and no socket", path)
		}
		if conn, err := net.Dial("unix", path); err == nil {
			conn.Close()
			return &RunningError{path}
		}
		os.Remove(path)
	}
	return nil
}
