package rpc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func pair(t *testing.T, a, b Options) (*Conn, *Conn) {
	t.Helper()
	x, y := net.Pipe()
	for _, o := range []*Options{&a, &b} {
		if o.Longest == 0 {
			o.Longest = 1 << 20
		}
	}
	ca, cb := New(x, a), New(y, b)
	t.Cleanup(func() { ca.Close(); cb.Close() })
	return ca, cb
}

func echo(_ context.Context, body []byte) []byte { return append([]byte("re: "), body...) }

func TestCallsBothWays(t *testing.T) {
	var a, b *Conn
	a, b = pair(t, Options{Handle: echo}, Options{Handle: func(ctx context.Context, body []byte) []byte {
		answer, err := b.Call(ctx, body)
		if err != nil {
			t.Error(err)
		}
		return answer
	}})
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			body := strings.Repeat("x", n*1000)
			answer, err := a.Call(t.Context(), []byte(body))
			if err != nil || string(answer) != "re: "+body {
				t.Errorf("%d: %v, %d bytes", n, err, len(answer))
			}
		})
	}
	all.Wait()
}

func TestCallsAreGivenUp(t *testing.T) {
	ended := make(chan error, 1)
	a, _ := pair(t, Options{}, Options{Handle: func(ctx context.Context, _ []byte) []byte {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil
	}})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	if _, err := a.Call(ctx, nil); err != why {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the call goes on")
	}
}

func TestStuckPeer(t *testing.T) {
	stuck := make(chan bool, 1)
	release := make(chan bool)
	defer close(release)
	a, _ := pair(t, Options{Grace: 10 * time.Millisecond, Stuck: func() { stuck <- true }}, Options{Handle: func(context.Context, []byte) []byte { <-release; return nil }})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a.Call(ctx, nil) // may not even be sent
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	a.Call(ctx, nil)
	<-stuck
}

// A peer that does not read holds up nobody for longer than he wants.
func TestPeerThatDoesNotRead(t *testing.T) {
	x, y := net.Pipe()
	defer y.Close()
	c := New(x, Options{Longest: 1 << 20})
	defer c.Close()
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if _, err := c.Call(ctx, make([]byte, 1000)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		cancel()
	}
}

func TestClose(t *testing.T) {
	began, ended := make(chan bool, 1), make(chan error, 1)
	a, b := pair(t, Options{}, Options{Handle: func(ctx context.Context, _ []byte) []byte {
		began <- true
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return nil
	}})
	go func() { <-began; a.Close() }()
	if _, err := a.Call(t.Context(), nil); err != ErrClosed {
		t.Error(err)
	}
	if _, err := a.Call(t.Context(), nil); err != ErrClosed {
		t.Error(err)
	}
	<-b.Done()
	if b.Err() != io.EOF {
		t.Error(b.Err())
	}
	if err := <-ended; err != io.EOF {
		t.Error(err)
	}
}

// What a hostile peer sends ends the connection.
func TestGarbage(t *testing.T) {
	call := func(id uint64) []byte { return frame(kindCall, id, nil) }
	for name, c := range map[string]struct {
		sent []byte
		want string
	}{
		"short":    {[]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "no sense"},
		"kind":     {frame(9, 1, nil), "no sense"},
		"long":     {binary.BigEndian.AppendUint32(nil, 1<<31), "too long"},
		"twice":    {append(call(1), call(1)...), "twice"},
		"too many": {bytes.Join([][]byte{call(1), call(2), call(3)}, nil), "too often"},
		"too much": {append(frame(kindCall, 1, make([]byte, 300)), frame(kindCall, 2, make([]byte, 300))...), "too long"},
		"cut":      {frame(kindCall, 1, make([]byte, 100))[:50], "EOF"},
		"text":     {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "too long"},
	} {
		x, y := net.Pipe()
		conn := New(x, Options{Longest: 1 << 10, Calls: 2, Held: 500, Handle: func(ctx context.Context, _ []byte) []byte { <-ctx.Done(); return nil }})
		y.Write(append(c.sent, make([]byte, 16)...)[:max(len(c.sent), 13)])
		y.Close()
		<-conn.Done()
		if err := conn.Err(); !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What was answered no longer counts.
func TestHeld(t *testing.T) {
	a, _ := pair(t, Options{}, Options{Held: 500, Handle: echo})
	for range 10 {
		if _, err := a.Call(t.Context(), make([]byte, 400)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTooLong(t *testing.T) {
	a, _ := pair(t, Options{Longest: 100}, Options{Longest: 100, Handle: echo})
	if _, err := a.Call(t.Context(), make([]byte, 100)); err != ErrTooLong {
		t.Error(err)
	}
	if answer, err := a.Call(t.Context(), make([]byte, 50)); err != nil || len(answer) != 54 {
		t.Error(err)
	}
}

// An answer that is too long ends the connection where it was made.
func TestAnswerTooLong(t *testing.T) {
	a, b := pair(t, Options{}, Options{Longest: 100, Handle: func(context.Context, []byte) []byte { return make([]byte, 100) }})
	if _, err := a.Call(t.Context(), nil); err != io.EOF {
		t.Error(err)
	}
	<-b.Done()
	if b.Err() != ErrTooLong {
		t.Error(b.Err())
	}
}
