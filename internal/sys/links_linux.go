package sys

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Link is a pipe or a connected pair of unix sockets between two processes.
type Link struct {
	From, To int // processes; of a pipe, From writes
	Socket   bool
}

// ProcessName is what a process calls itself, "" where /proc does not tell. Any goroutine.
func ProcessName(pid int) string {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	return strings.TrimSpace(string(text))
}

// OpenFiles is how many descriptors a process has open, 0 where /proc does not tell. Any goroutine.
func OpenFiles(pid int) int {
	list, _ := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	return len(list)
}

// VirtualMemory is how much address space a process has, in bytes; 0 if it is not known. Any goroutine.
func VirtualMemory(pid int) int64 { return int64(statm(strconv.Itoa(pid), 0)) }

// Parent is the process that has started a process or adopted it, 0 where /proc does not tell. Any goroutine.
func Parent(pid int) int {
	fields := stat(pid)
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(fields[1])
	return n
}

// Links finds the pipes and pairs of unix sockets between the processes of a list. Any goroutine.
func Links(pids []int) (links []Link) {
	type end struct {
		pid    int
		writes bool
	}
	pipes, sockets := map[string][]end{}, map[uint32][]int{}
	for _, pid := range pids {
		dir := "/proc/" + strconv.Itoa(pid) + "/fd"
		list, _ := os.ReadDir(dir)
		for _, fd := range list {
			name, err := os.Readlink(filepath.Join(dir, fd.Name()))
			if err != nil {
				continue
			}
			if inode, ok := strings.CutPrefix(name, "socket:["); ok {
				n, _ := strconv.ParseUint(strings.TrimSuffix(inode, "]"), 10, 32)
				sockets[uint32(n)] = append(sockets[uint32(n)], pid)
			} else if strings.HasPrefix(name, "pipe:[") {
				st, err := os.Lstat(filepath.Join(dir, fd.Name()))
				pipes[name] = append(pipes[name], end{pid, err == nil && st.Mode()&0o200 != 0})
			}
		}
	}
	seen := map[Link]bool{}
	add := func(l Link) {
		if l.From != l.To && !seen[l] {
			seen[l] = true
			links = append(links, l)
		}
	}
	for _, ends := range pipes {
		clear(seen) // each pipe counts
		for _, from := range ends {
			for _, to := range ends {
				if from.writes && !to.writes {
					add(Link{From: from.pid, To: to.pid})
				}
			}
		}
	}
	clear(seen)
	for inode, peer := range socketPeers() {
		if inode > peer {
			continue
		}
		for _, from := range sockets[inode] {
			for _, to := range sockets[peer] {
				add(Link{From: min(from, to), To: max(from, to), Socket: true})
			}
		}
	}
	return links
}

// socketPeers asks the system which unix sockets are connected, by their inodes: sock_diag(7).
func socketPeers() map[uint32]uint32 {
	const (
		diagByFamily = 20 // SOCK_DIAG_BY_FAMILY
		showPeer     = 4  // UDIAG_SHOW_PEER
		peer         = 2  // UNIX_DIAG_PEER
		messageSize  = 16 // of struct unix_diag_msg
	)
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1})
	order := binary.NativeEndian
	request := make([]byte, unix.NLMSG_HDRLEN+24)
	order.PutUint32(request, uint32(len(request)))
	order.PutUint16(request[4:], diagByFamily)
	order.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	body := request[unix.NLMSG_HDRLEN:]
	body[0] = unix.AF_UNIX
	order.PutUint32(body[4:], ^uint32(0)) // in any state
	order.PutUint32(body[12:], showPeer)
	if unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return nil
	}
	peers, buf := map[uint32]uint32{}, make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return peers
		}
		for b := buf[:n]; len(b) >= unix.NLMSG_HDRLEN; {
			size, kind := int(order.Uint32(b)), order.Uint16(b[4:])
			if kind == unix.NLMSG_DONE || kind == unix.NLMSG_ERROR || size < unix.NLMSG_HDRLEN || size > len(b) {
				return peers
			}
			message := b[unix.NLMSG_HDRLEN:size]
			b = b[min((size+3)&^3, len(b)):]
			if len(message) < messageSize {
				continue
			}
			inode := order.Uint32(message[4:])
			for a := message[messageSize:]; len(a) >= 4; {
				length := int(order.Uint16(a))
				if length < 4 || length > len(a) {
					break
				}
				if order.Uint16(a[2:]) == peer && length >= 8 {
					peers[inode] = order.Uint32(a[4:])
				}
				a = a[min((length+3)&^3, len(a)):]
			}
		}
	}
}
