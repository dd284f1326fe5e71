package ipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// split feeds in, chopped into pieces of the given size, and returns the payloads.
func split(mode Mode, in string, piece int) (out []string, err error, partial bool) {
	s := Splitter{Mode: mode}
	for len(in) > 0 && err == nil {
		n := min(piece, len(in))
		err = s.Feed([]byte(in[:n]), func(p []byte) error {
			out = append(out, string(p))
			return nil
		})
		in = in[n:]
	}
	return out, err, s.Partial()
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		mode    Mode
		in      string
		want    []string
		partial bool
	}{
		{JSON, "", nil, false},
		{JSON, "1\n", []string{"1"}, false},
		{JSON, "{\"a\":1}\n\"b\"\n\n[", []string{`{"a":1}`, `"b"`, ""}, true},
		{Advanced, "\x00\x00\x00\x02ab", []string{"ab"}, false},
		{Advanced, "\x00\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x00", []string{"", "x"}, true},
		{Advanced, "\x00\x00\x00\x05four", nil, true},
		{Advanced, "\x00\x00\x01\x00" + strings.Repeat("y", 256) + "\x00\x00\x00\x01z", []string{strings.Repeat("y", 256), "z"}, false},
	} {
		for _, piece := range []int{1, 2, 3, 5, 1 << 20} {
			t.Run(fmt.Sprintf("%v %.20q by %d", c.mode, c.in, piece), func(t *testing.T) {
				out, err, partial := split(c.mode, c.in, piece)
				if err != nil || partial != c.partial || fmt.Sprint(out) != fmt.Sprint(c.want) {
					t.Errorf("%q, %v, partial %v", out, err, partial)
				}
			})
		}
	}
}

func TestFrame(t *testing.T) {
	for mode, want := range map[Mode]string{JSON: "xpay\n", Advanced: "x\x00\x00\x00\x03pay"} {
		buf, start := mode.Begin([]byte("x"))
		buf, err := mode.End(append(buf, "pay"...), start)
		if err != nil || string(buf) != want {
			t.Errorf("%v: %q, %v", mode, buf, err)
		}
	}
}

func TestTooLong(t *testing.T) {
	for _, in := range []string{"\xff\xff\xff\xff", "\x80\x00\x00\x00abc"} {
		if _, err, _ := split(Advanced, in, 1); !errors.Is(err, ErrTooLong) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// The work for a message that arrives in small pieces is in proportion to its length, in both modes: sixteen times the bytes take
// less than a hundred times the processor's time, where looking at what has come before would take 256 times as much.
func TestLinear(t *testing.T) {
	const size, times = 512 << 10, 16
	frame := bytes.Repeat([]byte{'a'}, times*size+4)
	for _, mode := range []Mode{JSON, Advanced} {
		cost := func(n int) time.Duration {
			frame := frame[:n+4]
			if mode == JSON {
				frame[n+3] = '\n'
				defer func() { frame[n+3] = 'a' }()
			} else {
				binary.BigEndian.PutUint32(frame, uint32(n))
			}
			least := time.Hour
			for range 3 {
				start := processorTime(t)
				s, got := Splitter{Mode: mode}, 0
				for at := 0; at < len(frame); at += 4096 {
					s.Feed(frame[at:min(at+4096, len(frame))], func(p []byte) error {
						got = len(p)
						return nil
					})
				}
				least = min(least, processorTime(t)-start)
				if got < n {
					t.Fatalf("%v: %d of %d bytes", mode, got, n)
				}
			}
			return max(least, 10*time.Microsecond)
		}
		if one, all := cost(size), cost(times*size); all > 100*one {
			t.Errorf("%v: %v for %d bytes, %v for %d times as many", mode, one, size, all, times)
		}
	}
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestFeedStops(t *testing.T) {
	s := Splitter{}
	n := 0
	s.Feed([]byte("1\n2\n3"), func([]byte) error {
		n++
		s.Close()
		return nil
	})
	if n != 1 || s.Partial() {
		t.Errorf("%d frames, partial %v", n, s.Partial())
	}
	stop := errors.New("stop")
	s = Splitter{}
	if err := s.Feed([]byte("1\n2\n"), func([]byte) error { return stop }); err != stop {
		t.Error(err)
	}
}

func TestClassify(t *testing.T) {
	for cmd, want := range map[string]Command{
		"": User, "x": User, "NODE_": User, "node_x": User, "NODE_x": Internal, "NODE_CLUSTER": Internal,
		"NODE_HANDLE": Handle, "NODE_HANDLE_ACK": HandleAck, "NODE_HANDLE_NACK": HandleNack, "NODE_HANDLES": Internal,
	} {
		if got := Classify(cmd); got != want {
			t.Errorf("%q: %d", cmd, got)
		}
	}
}

func TestArrivals(t *testing.T) {
	var closed []int
	a := Arrivals{Close: func(fd int) { closed = append(closed, fd) }}
	if _, ok := a.Take(); ok {
		t.Error("a descriptor out of nothing")
	}
	a.Add(7)
	a.Add(8)
	if fd, _ := a.Take(); fd != 7 {
		t.Errorf("took %d", fd)
	}
	a.Settle(true)
	a.Settle(false)
	for fd := range maxArrived + 2 {
		a.Add(100 + fd)
	}
	if fmt.Sprint(closed) != "[8 116 117]" {
		t.Errorf("closed %v", closed)
	}
	a.CloseAll()
	if len(closed) != 3+maxArrived {
		t.Errorf("closed %v", closed)
	}
}

// queueLog runs a script of events over a queue and logs what it asks for. "a!" sends a with a handle, "b" without.
func queueLog(script string) string {
	var q Queue[string]
	var log []string
	var send func(m string)
	send = func(m string) {
		if q.Waiting() {
			log = append(log, fmt.Sprintf("hold(%s)=%v", m, q.Hold(m)))
			return
		}
		log = append(log, m)
		if strings.HasSuffix(m, "!") {
			q.Sent(m)
		}
	}
	for _, event := range strings.Fields(script) {
		var outcome Outcome
		var m string
		switch event {
		case "ack":
			outcome, m = q.Ack()
		case "nack":
			outcome, m = q.Nack()
		case "drop":
			inFlight, held := q.Drop()
			if inFlight != nil {
				log = append(log, "dropped "+*inFlight)
			}
			log = append(log, fmt.Sprint(held))
			continue
		default:
			send(event)
			continue
		}
		log = append(log, [...]string{"unexpected", "delivered ", "resend ", "lost "}[outcome]+m)
		for m, ok := q.Next(); ok; m, ok = q.Next() {
			send(m)
		}
	}
	return strings.Join(log, ", ")
}

func TestQueue(t *testing.T) {
	for script, want := range map[string]string{
		"a b":                               "a, b",
		"ack nack":                          "unexpected, unexpected",
		"a! b c ack d":                      "a!, hold(b)=true, hold(c)=false, delivered a!, b, c, d",
		"a! b! c ack d ack":                 "a!, hold(b!)=true, hold(c)=false, delivered a!, b!, hold(d)=false, delivered b!, c, d",
		"a! b nack nack ack":                "a!, hold(b)=true, resend a!, resend a!, delivered a!, b",
		"a! b nack nack nack nack nack":     "a!, hold(b)=true, resend a!, resend a!, resend a!, lost a!, b, unexpected",
		"a! b c drop ack":                   "a!, hold(b)=true, hold(c)=false, dropped a!, [b c], unexpected",
		"a! nack ack b! nack nack nack ack": "a!, resend a!, delivered a!, b!, resend b!, resend b!, resend b!, delivered b!",
	} {
		t.Run(script, func(t *testing.T) {
			if got := queueLog(script); got != want {
				t.Errorf("%s", got)
			}
		})
	}
}

// However the bytes are chopped, the frames are the same, and what is framed comes out again.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("{\"cmd\":\"NODE_HANDLE\"}\n[1]\nx"), byte(3), false)
	f.Add([]byte("\x00\x00\x00\x02ab\x00\x00\x00\x00\x00"), byte(1), true)
	f.Add([]byte("\xff\xff\xff\xff\xff"), byte(2), true)
	f.Fuzz(func(t *testing.T, in []byte, piece byte, advanced bool) {
		mode := JSON
		if advanced {
			mode = Advanced
		}
		whole, err1, partial1 := split(mode, string(in), len(in)+1)
		pieces, err2, partial2 := split(mode, string(in), int(piece)+1)
		if fmt.Sprint(whole) != fmt.Sprint(pieces) || err1 != err2 || partial1 != partial2 {
			t.Fatalf("whole: %q %v %v; in pieces: %q %v %v", whole, err1, partial1, pieces, err2, partial2)
		}
		var out []byte
		for _, payload := range whole {
			var start int
			out, start = mode.Begin(out)
			out, _ = mode.End(append(out, payload...), start)
		}
		if !bytes.HasPrefix(in, out) {
			t.Fatalf("framed again: %q", out)
		}
	})
}
