package supervise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Request is what a command asks a supervisor for, as a line of JSON on its control socket. It answers with Replies, a line each.
type Request struct {
	Command string `json:"command"`       // "status", "reload", "stop", "scale", "kill", "page" or "logs"
	App     string `json:"app,omitempty"` // "" for all
	Workers string `json:"workers,omitempty"`
	Worker  int    `json:"worker,omitempty"`
	Lines   int    `json:"lines,omitempty"`
	Follow  bool   `json:"follow,omitempty"`
}

// Reply is an answer, or a part of one.
type Reply struct {
	Error  string  `json:"error,omitempty"`
	Status *Status `json:"status,omitempty"`
	Line   *Line   `json:"line,omitempty"`
	Page   string  `json:"page,omitempty"` // where the admin's page is
}

// longestRequest is in bytes.
const longestRequest = 64 << 10

// ServeControl answers requests until the listener is closed. answer is called on goroutines of its own; gone is closed when the
// client has left.
func ServeControl(l net.Listener, answer func(r Request, reply func(Reply) error, gone <-chan struct{})) {
	ServeRequests(l, func(conn net.Conn, r Request, err error) {
		out := json.NewEncoder(conn)
		if err != nil {
			out.Encode(Reply{Error: "this is no request"})
			return
		}
		gone := make(chan struct{})
		go func() {
			io.Copy(io.Discard, conn)
			close(gone)
		}()
		answer(r, func(reply Reply) error {
			conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
			return out.Encode(reply)
		}, gone)
	})
}

// ServeRequests reads a line of JSON from each connection, within ten seconds, until the listener is closed. answer is called on goroutines of
// its own; the connection is closed when it returns.
func ServeRequests[R any](l net.Listener, answer func(conn net.Conn, r R, err error)) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(100 * time.Millisecond) // there are no descriptors left
			continue
		}
		go func() {
			defer conn.Close()
			conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			var r R
			err := json.NewDecoder(io.LimitReader(conn, longestRequest)).Decode(&r)
			conn.SetReadDeadline(time.Time{})
			answer(conn, r, err)
		}()
	}
}

// Ask sends a request to the control socket at path and gives each reply to f. The error is the supervisor's, or that none answers.
func Ask(path string, r Request, f func(Reply) error) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return fmt.Errorf("no supervisor answers at %s", path)
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return err
	}
	in := json.NewDecoder(conn)
	for {
		var reply Reply
		switch err := in.Decode(&reply); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case reply.Error != "":
			return errors.New(reply.Error)
		}
		if f != nil {
			if err := f(reply); err != nil {
				return err
			}
		}
	}
}
