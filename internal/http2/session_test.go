package http2

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"
)

// peer is a Handler that writes down what it is told, and answers requests with respond.
type peer struct {
	s       *Session
	log     []string
	bodies  map[uint32]*bytes.Buffer
	respond func(st *Stream, fields []Field)
	ending  bool
	lazy    bool // bodies are not consumed
}

func (p *peer) note(format string, args ...any) { p.log = append(p.log, fmt.Sprintf(format, args...)) }

func text(fields []Field) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.Name+"="+f.Value)
	}
	return strings.Join(parts, " ")
}

func (p *peer) Headers(st *Stream, kind Kind, fields []Field, flags byte) {
	p.note("headers %d %d %d %s", st.ID, kind, flags, text(fields))
	if kind == Request && p.respond != nil {
		p.respond(st, fields)
	}
}
func (p *peer) Push(st, pushed *Stream, fields []Field) {
	p.note("push %d %d %s", st.ID, pushed.ID, text(fields))
}
func (p *peer) Data(st *Stream, b []byte) {
	if p.bodies[st.ID] == nil {
		p.bodies[st.ID] = &bytes.Buffer{}
	}
	p.bodies[st.ID].Write(b)
	if !p.lazy {
		st.Consume(len(b))
	}
}
func (p *peer) DataEnd(st *Stream)                      { p.note("end %d", st.ID) }
func (p *peer) Ending(*Stream) bool                     { return p.ending }
func (p *peer) WantTrailers(st *Stream)                 { p.note("trailers %d", st.ID); st.Trailers(list("x", "y")) }
func (p *peer) Closed(st *Stream, code ErrCode)         { p.note("closed %d %d", st.ID, code) }
func (p *peer) Settings(ack bool)                       { p.note("settings %v", ack) }
func (p *peer) Ping(ack bool, b []byte)                 { p.note("ping %v %s", ack, b) }
func (p *peer) GoAway(last uint32, c ErrCode, b []byte) { p.note("goaway %d %d %s", last, c, b) }
func (p *peer) AltSvc(id uint32, origin, value string)  { p.note("altsvc %d %s %s", id, origin, value) }
func (p *peer) Origin(list []string)                    { p.note("origin %v", list) }
func (p *peer) Failed(err Error)                        { p.note("failed %d", err) }
func (p *peer) NotSent(k FrameType, err Error, st *Stream) {
	p.note("not sent %d %d %d", k, err, st.ID)
}

// has wants a line of the log.
func (p *peer) has(t *testing.T, want string) {
	t.Helper()
	for _, line := range p.log {
		if line == want {
			return
		}
	}
	t.Errorf("no %q in\n%s", want, strings.Join(p.log, "\n"))
}

func list(pairs ...string) (fields []Field) {
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return fields
}

func get(path string) []Field {
	return list(":method", "GET", ":scheme", "http", ":authority", "a", ":path", path)
}

func usual() Options {
	return Options{MaxHeaderPairs: 128, MaxHeaderBlock: 1 << 16, PeerMaxStreams: 100, MaxDeflateTable: 4096, MaxMemory: 10_000_000,
		MaxSettings: 32, MaxPendingSettings: 10, MaxPendingPings: 10, MaxInvalidFrames: 1000, MaxRejectedStreams: 100,
		ResetBurst: 1000, ResetRate: 33, Now: func() time.Time { return time.Unix(1, 0) }}
}

func newPeer(client bool, o Options, settings ...Setting) *peer {
	p := &peer{bodies: map[uint32]*bytes.Buffer{}}
	p.s = New(client, o, p, settings)
	return p
}

// out is what a session has to send.
func (p *peer) out() []byte {
	b, done := p.s.Output(nil, 1<<16)
	for _, f := range done {
		f(false)
	}
	return b
}

// talk moves bytes between two sessions until both are silent, in pieces of n bytes.
func talk(t *testing.T, a, b *peer, n int) {
	t.Helper()
	for range 100_000 {
		x, y := a.out(), b.out()
		if len(x)+len(y) == 0 {
			return
		}
		for _, way := range []struct {
			to   *peer
			data []byte
		}{{b, x}, {a, y}} {
			for len(way.data) > 0 {
				k := min(n, len(way.data))
				if err := way.to.s.Feed(way.data[:k]); err != nil {
					t.Fatal(err)
				}
				way.data = way.data[k:]
			}
		}
	}
	t.Fatal("they never end")
}

func TestExchanges(t *testing.T) {
	for _, n := range []int{1, 7, 1 << 16} {
		client, server := newPeer(true, usual()), newPeer(false, usual())
		server.respond = func(st *Stream, fields []Field) {
			pushed, err := server.s.Push(st, get("/pushed"))
			if err != nil {
				t.Fatal(err)
			}
			pushed.Respond(list(":status", "201"), true, false, false)
			pushed.Write([]byte("pushed"), nil)
			pushed.Shutdown()
			st.Respond(list(":status", "103", "link", "</a>"), false, false, false)
			st.Respond(list(":status", "200"), true, false, true)
			st.Write([]byte("body"), nil)
			st.Shutdown()
		}
		st, err := client.s.Submit(get("/"), true, false)
		if err != nil {
			t.Fatal(err)
		}
		client.s.Ping([8]byte{'1', '2', '3', '4', '5', '6', '7', '8'})
		talk(t, client, server, n)
		server.has(t, "headers 1 0 5 :method=GET :scheme=http :authority=a :path=/")
		server.has(t, "trailers 1")
		server.has(t, "ping false 12345678")
		for _, line := range []string{"settings false", "settings true", "push 1 2 :method=GET :scheme=http :authority=a :path=/pushed",
			"headers 1 1 4 :status=103 link=</a>", "headers 1 1 4 :status=200", "headers 2 2 4 :status=201", "headers 1 3 5 x=y",
			"closed 1 0", "closed 2 0", "end 2", "ping true 12345678"} {
			client.has(t, line)
		}
		if got := client.bodies[1].String() + client.bodies[2].String(); got != "bodypushed" {
			t.Errorf("bodies: %q", got)
		}
		if !st.Closed() || len(client.s.Streams())+len(server.s.Streams()) > 0 || server.s.Memory() != 0 {
			t.Error("streams are left")
		}
	}
}

func TestFlowControl(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 100_000)
	small := Setting{InitialWindowSize, 1000}
	client, server := newPeer(true, usual(), small), newPeer(false, usual(), Setting{InitialWindowSize, 70_000}, Setting{MaxFrameSize, 20_000})
	written := 0
	server.respond = func(st *Stream, _ []Field) {
		st.Respond(list(":status", "200"), true, false, false)
		st.Write(body, func(bool) { written++ })
		st.Shutdown()
	}
	for range 3 {
		st, _ := client.s.Submit(get("/"), false, false)
		st.Write(body, nil)
		st.Shutdown()
	}
	talk(t, client, server, 1<<16)
	for _, id := range []uint32{1, 3, 5} {
		if !bytes.Equal(client.bodies[id].Bytes(), body) || !bytes.Equal(server.bodies[id].Bytes(), body) {
			t.Errorf("stream %d: %d and %d bytes", id, client.bodies[id].Len(), server.bodies[id].Len())
		}
	}
	if written != 3 {
		t.Errorf("%d writes are done", written)
	}

	// Who does not read gets no more than the window, until it does.
	client, server = newPeer(true, usual(), small), newPeer(false, usual())
	client.lazy = true
	server.respond = func(st *Stream, _ []Field) {
		st.Respond(list(":status", "200"), true, false, false)
		st.Write(body[:5000], nil)
		st.Shutdown()
	}
	st, _ := client.s.Submit(get("/"), true, false)
	talk(t, client, server, 1<<16)
	if n := client.bodies[1].Len(); n != 1000 {
		t.Errorf("%d bytes came through a window of 1000", n)
	}
	client.lazy = false
	st.Consume(1000)
	client.s.SetWindow(1 << 20)
	talk(t, client, server, 1<<16)
	if n := client.bodies[1].Len(); n != 5000 {
		t.Errorf("%d bytes came", n)
	}
}

func TestStreamsWaitForTheirTurn(t *testing.T) {
	client, server := newPeer(true, usual()), newPeer(false, usual(), Setting{MaxConcurrentStreams, 2})
	talk(t, client, server, 1<<16)
	most := 0
	var open []*Stream
	server.respond = func(st *Stream, _ []Field) {
		open = append(open, st)
		most = max(most, len(server.s.Streams()))
	}
	for range 5 {
		if _, err := client.s.Submit(get("/"), true, false); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		talk(t, client, server, 1<<16)
		for _, st := range open {
			st.Respond(list(":status", "204"), true, true, false)
		}
		open = nil
	}
	client.has(t, "closed 9 0")
	if most != 2 {
		t.Errorf("%d streams were open at a time", most)
	}
}

// A server is fed with raw frames after a client's beginning.
func attack(o Options, frames ...[]byte) (*peer, error) {
	server := newPeer(false, o)
	beginning := append([]byte(Preface), frame(FrameSettings, 0, 0, nil)...)
	server.respond = func(st *Stream, _ []Field) {}
	if err := server.s.Feed(beginning); err != nil {
		return server, err
	}
	server.out()
	return server, server.s.Feed(bytes.Join(frames, nil))
}

func frame(kind FrameType, flags byte, stream uint32, payload []byte) []byte {
	return append(appendHead(nil, len(payload), kind, flags, stream), payload...)
}

func encode(fields []Field) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range fields {
		e.WriteField(f)
	}
	return b.Bytes()
}

func repeat(n int, f func(i uint32) []byte) (frames [][]byte) {
	for i := range n {
		frames = append(frames, f(uint32(i)))
	}
	return frames
}

func TestFloods(t *testing.T) {
	request := encode(get("/"))
	open := func(id uint32) []byte { return frame(FrameHeaders, flagEndHeaders, id, request) }
	reset := []byte{0, 0, 0, 8}
	pairs := get("/")
	for range 200 {
		pairs = append(pairs, Field{Name: "a", Value: "b", Sensitive: true})
	}
	few := usual()
	few.MaxMemory = 2000
	few.MaxRejectedStreams = 10
	for _, c := range []struct {
		name   string
		o      Options
		frames [][]byte
		err    error
		logged string
	}{
		// CVE-2023-44487
		{"rapid reset", usual(), repeat(1200, func(i uint32) []byte {
			return append(open(2*i+1), frame(FrameRSTStream, 0, 2*i+1, reset)...)
		}), nil, "failed -505"},
		// CVE-2024-27983, CVE-2024-24758
		{"continuations", usual(), append([][]byte{frame(FrameHeaders, 0, 1, request)}, repeat(100, func(uint32) []byte {
			return frame(FrameContinuation, 0, 1, nil)
		})...), ErrTooManyContinuations, ""},
		// CVE-2019-9515
		{"settings", usual(), repeat(1500, func(uint32) []byte { return frame(FrameSettings, 0, 0, nil) }), ErrFlooded, ""},
		{"entries of settings", usual(), [][]byte{frame(FrameSettings, 0, 0, bytes.Repeat([]byte{0, 3, 0, 0, 0, 1}, 33))}, nil, "failed -505"},
		// CVE-2019-9512
		{"pings", usual(), repeat(1500, func(uint32) []byte { return frame(FramePing, 0, 0, make([]byte, 8)) }), ErrFlooded, ""},
		// CVE-2019-9518
		{"empty frames", usual(), append([][]byte{open(1)}, repeat(1100, func(uint32) []byte { return frame(FrameData, 0, 1, nil) })...), TooManyInvalidFrames, ""},
		{"invalid frames", usual(), repeat(1100, func(i uint32) []byte {
			return frame(FrameHeaders, flagEndHeaders, 2*i+1, encode(append(get("/"), list("connection", "close")...)))
		}), TooManyInvalidFrames, ""},
		{"fields", usual(), [][]byte{frame(FrameHeaders, flagEndHeaders, 1, encode(pairs))}, nil, "closed 1 11"},
		{"memory", few, repeat(100, func(i uint32) []byte { return open(2*i + 1) }), ErrCallback, ""},
	} {
		server, err := attack(c.o, c.frames...)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.logged != "" {
			server.has(t, c.logged)
		}
		if n := len(server.s.Streams()); n > 200 {
			t.Errorf("%s: %d streams are open", c.name, n)
		}
	}

	// A block of small size and many large fields, of the dynamic table, is stopped by the size that its fields have.
	o := usual()
	o.MaxHeaderPairs = 1 << 20
	large := Field{Name: "x", Value: strings.Repeat("y", 4000)}
	var bomb bytes.Buffer
	e := hpack.NewEncoder(&bomb)
	for _, f := range get("/") {
		e.WriteField(f)
	}
	for range 1000 {
		e.WriteField(large)
	}
	server := newPeer(false, o, Setting{MaxHeaderListSize, 65535})
	server.s.Feed(append([]byte(Preface), append(frame(FrameSettings, 0, 0, nil), frame(FrameSettings, flagAck, 0, nil)...)...))
	if err := server.s.Feed(frame(FrameHeaders, flagEndHeaders, 1, bomb.Bytes())); err != nil {
		t.Error(err)
	}
	server.has(t, "closed 1 11")
}

// A peer that takes its resets slowly may go on: the bucket fills with time.
func TestResetsOverTime(t *testing.T) {
	o, now := usual(), time.Unix(1, 0)
	o.Now = func() time.Time { return now }
	o.ResetBurst, o.ResetRate = 10, 5
	server, err := attack(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(100) {
		if i%5 == 0 {
			now = now.Add(time.Second)
		}
		server.s.Feed(append(frame(FrameHeaders, flagEndHeaders, 2*i+1, encode(get("/"))), frame(FrameRSTStream, 0, 2*i+1, make([]byte, 4))...))
		server.out()
	}
	if server.s.Deaf() {
		t.Error("it was taken for a flood")
	}
}

func FuzzServer(f *testing.F) {
	f.Add(append(frame(FrameHeaders, flagEndHeaders, 1, encode(get("/"))), frame(FrameData, flagEndStream, 1, []byte("x"))...))
	f.Add(frame(FrameWindowUpdate, 0, 0, []byte{0x7f, 0xff, 0xff, 0xff}))
	f.Fuzz(func(t *testing.T, data []byte) {
		server, _ := attack(usual())
		server.respond = func(st *Stream, _ []Field) {
			st.Respond(list(":status", "200"), true, false, false)
			st.Write([]byte("body"), nil)
			st.Shutdown()
		}
		whole := server.s.Feed(data)
		if server.s.Memory() > 1<<20 {
			t.Errorf("%d bytes are held", server.s.Memory())
		}
		server.out()
		// The same bytes one by one are the same.
		single, _ := attack(usual())
		single.respond = server.respond
		var err error
		for _, c := range data {
			if err = single.s.Feed([]byte{c}); err != nil {
				break
			}
		}
		if (whole == nil) != (err == nil) {
			t.Errorf("%v at once, %v byte by byte", whole, err)
		}
	})
}
