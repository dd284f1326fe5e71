package handle

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
)

// What arrives in pieces is looked at as it comes, and all of it is read afterwards.
func TestPeek(t *testing.T) {
	const text = "some bytes; and what follows"
	pieces := []string{text[:1], text[1:8], text[8:]}
	run(t, func(l *loop.Loop) {
		srv := NewTCP(l, "TCPServerWrap")
		ok(t, srv.Bind(local, 0))
		addr, _ := srv.SockName()
		client := NewTCP(l, "TCPSocketWrap")
		ok(t, srv.Listen(1, func(fd int, errno syscall.Errno) {
			ok(t, errno)
			c := NewTCP(l, "TCPSocketWrap")
			c.OpenAccepted(fd)
			looks, peeked := 0, ""
			c.Peek(10*time.Second, func(b []byte) bool { looks++; return bytes.Contains(b, []byte("; ")) }, func(b []byte) {
				peeked = string(b)
				if low, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT); low != 1 || err != nil {
					t.Error("the stream is read in pieces of", low, err)
				}
				c.ReadStart(func(b []byte, errno syscall.Errno, _ []int) {
					if peeked != text || string(b) != text || looks > len(pieces) {
						t.Errorf("peeked %q in %d looks, read %q", peeked, looks, b)
					}
					c.Close(nil)
					client.Close(nil)
					srv.Close(nil)
				})
			})
		}))
		var timer *loop.Timer
		timer = l.NewTimer(func() {
			client.Write([]byte(pieces[0]), nil)
			if pieces = append(pieces[1:], ""); pieces[0] != "" {
				timer.Start(20)
			}
		})
		ok(t, client.Connect(addr, func(errno syscall.Errno) { ok(t, errno); timer.Start(1) }))
	})
}

// What is not enough within the time is told as it is; so is a peer that sends nothing.
func TestPeekInTime(t *testing.T) {
	for _, sent := range []string{"", "x"} {
		run(t, func(l *loop.Loop) {
			srv := NewTCP(l, "TCPServerWrap")
			ok(t, srv.Bind(local, 0))
			addr, _ := srv.SockName()
			client := NewTCP(l, "TCPSocketWrap")
			ok(t, srv.Listen(1, func(fd int, errno syscall.Errno) {
				c := NewTCP(l, "TCPSocketWrap")
				c.OpenAccepted(fd)
				c.Peek(50*time.Millisecond, func([]byte) bool { return false }, func(b []byte) {
					if string(b) != sent {
						t.Errorf("%q for %q", b, sent)
					}
					c.Close(nil)
					client.Close(nil)
					srv.Close(nil)
				})
			}))
			ok(t, client.Connect(addr, func(errno syscall.Errno) { client.Write([]byte(sent), nil) }))
		})
	}
}
