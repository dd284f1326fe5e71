package http1

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func expect(t *testing.T, mode Mode, lenient Lenient, input, want string) {
	t.Helper()
	t.Run(input, func(t *testing.T) {
		t.Helper()
		c := oracleCase{Mode: mode, Lenient: lenient, Chunks: []string{utf8(input)}, Finish: true}
		if got := strings.ReplaceAll(trace(c), "\n", "; "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		c.Chunks = strings.Split(utf8(input), "")
		got := strings.ReplaceAll(trace(c), "\n", "; ")
		got = strings.ReplaceAll(got, `"; body "`, "") // the pieces of a body
		if i := strings.Index(want, "error"); i >= 0 { // the position is relative to the last piece
			if want = want[:i]; len(got) > i {
				got = got[:i]
			}
		}
		if !strings.Contains(want, "used") && got != want {
			t.Errorf("byte by byte\ngot  %s\nwant %s", got, want)
		}
	})
}

func request(t *testing.T, input, want string)  { t.Helper(); expect(t, Request, 0, input, want) }
func response(t *testing.T, input, want string) { t.Helper(); expect(t, Response, 0, input, want) }
func insecure(t *testing.T, input, want string) {
	t.Helper()
	expect(t, Request, LenientAll, input, want)
}

func TestRequest(t *testing.T) {
	request(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", `begin; head 1.1 GET "/" ["Host","a"] false true; end []`)
	request(t, "GET / HTTP/1.0\r\n\r\nGET", `begin; head 1.0 GET "/" [] false false; end []; error HPE_CLOSED_CONNECTION 19 Data after `+"`Connection: close`")
	request(t, "\r\nPUT /a?b#c HTTP/1.1\r\ncOntent-length: 3 \r\n\r\nabcHEAD * HTTP/1.1\r\n\r\n",
		`begin; head 1.1 PUT "/a?b#c" ["cOntent-length","3"] false true; body "abc"; end []; begin; head 1.1 HEAD "*" [] false true; end []`)
	request(t, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nT: u \r\n\r\n",
		`begin; head 1.1 POST "/" ["Transfer-Encoding","chunked"] false true; body "abc"; end ["T","u"]`)
	request(t, "CONNECT a:1 HTTP/1.1\r\n\r\nraw", `begin; head 1.1 CONNECT "a:1" [] true true; end []; used 24`)
	request(t, "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", `begin; error HPE_INVALID_HEADER_TOKEN 22 Unexpected whitespace after header value`)
	insecure(t, "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", `begin; head 1.1 GET "/" ["A","b c"] false true; end []`)
	request(t, "GET / HTTP/1.1\r\nA: \xe9\r\n\r\n", `begin; head 1.1 GET "/" ["A","é"] false true; end []`)
	request(t, "GET / HTTP/1.1\nA: b\n\n", `begin; error HPE_INVALID_VERSION 15 Expected CRLF after version`)
	request(t, "GET / HTTP/1.1\r\nA : b\r\n\r\n", `begin; error HPE_INVALID_HEADER_TOKEN 17 Invalid header token`)
	request(t, "GET / HTTP/1.2\r\n\r\n", `begin; error HPE_INVALID_VERSION 14 Invalid HTTP version`)
	request(t, "GETX / HTTP/1.1\r\n\r\n", `begin; error HPE_INVALID_METHOD 3 Expected space after method`)
	request(t, "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		`begin; error HPE_INVALID_TRANSFER_ENCODING 54 Transfer-Encoding can't be present with Content-Length`)
	request(t, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
		"begin; error HPE_INVALID_TRANSFER_ENCODING 44 Invalid `Transfer-Encoding` header value")
	request(t, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		`begin; error HPE_UNEXPECTED_CONTENT_LENGTH 52 Duplicate Content-Length`)
	request(t, "GET / HTTP/1.1\r\nHost", `begin; error HPE_INVALID_EOF_STATE 0 Invalid EOF state`)
}

func TestResponse(t *testing.T) {
	response(t, "HTTP/1.1 200 Fine by me\r\n\r\nall", `begin; head 1.1 200 "Fine by me" [] false false; body "all"; end []`)
	response(t, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", `begin; head 1.1 100 "Continue" [] false true; end []; begin; head 1.1 204 "No Content" [] false true; end []`)
	response(t, "HTTP/1.1 20 OK\r\n\r\n", `begin; error HPE_INVALID_STATUS 11 Invalid status code`)
	response(t, "FTP/1.1", `begin; error HPE_INVALID_CONSTANT 0 Expected HTTP/, RTSP/ or ICE/`)
}

func TestOverflow(t *testing.T) {
	for _, size := range []int{0, 100} {
		limit := size
		if limit == 0 {
			limit = DefaultMaxHeaderSize
		}
		head := func(n int) string { return "GET / HTTP/1.1\r\nA: " + strings.Repeat("b", n-2) + "\r\n\r\n" }
		run := func(s string) string { return trace(oracleCase{Mode: Request, Max: size, Chunks: []string{s}}) }
		if got := run(head(limit - 1)); strings.Contains(got, "error") {
			t.Error(limit, "bytes less one refused:", got[len(got)-80:])
		}
		if got := run(head(limit)); !strings.Contains(got, "HPE_HEADER_OVERFLOW") {
			t.Error(limit, "bytes accepted")
		}
	}
	long := "1;" + strings.Repeat("e", maxChunkExtensions+1)
	if got := trace(oracleCase{Mode: Request, Chunks: []string{"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", long}}); !strings.Contains(got, "HPE_CHUNK_EXTENSIONS_OVERFLOW") {
		t.Error(got)
	}
}

// FuzzSplit feeds the same bytes whole and in two other splits and wants the same events and error.
func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), uint16(0), uint8(7))
	}
	f.Add([]byte("HTTP/1.1 200 \r\nA: b\r\n\r\n"), uint16(0), uint8(0)) // an empty reason ends a piece
	f.Fuzz(func(t *testing.T, data []byte, lenient uint16, cut uint8) {
		for _, mode := range []Mode{Request, Response} {
			c := oracleCase{Mode: mode, Lenient: Lenient(lenient) & LenientAll, Chunks: []string{Latin1(data)}, Finish: true}
			whole := trace(c)
			if strings.Contains(whole, "used") {
				continue
			}
			for _, step := range []int{1, int(cut)%32 + 2} {
				c.Chunks = nil
				for rest := data; len(rest) > 0; {
					n := min(step, len(rest))
					c.Chunks = append(c.Chunks, Latin1(rest[:n]))
					rest = rest[n:]
				}
				if got := trace(c); normal(got) != normal(whole) {
					t.Fatalf("in steps of %d\n%s\nwhole\n%s", step, got, whole)
				}
			}
		}
	})
}

// normal joins body pieces and drops error positions, which depend on the split. Once a message has
// failed, an unfinished body piece may or may not have been delivered before.
func normal(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		if strings.HasPrefix(line, "error ") {
			f := strings.SplitN(line, " ", 4)
			line = f[0] + f[1] + f[3]
		}
		if n := len(out); n > 0 && strings.HasPrefix(line, "body ") && strings.HasPrefix(out[n-1], "body ") {
			out[n-1] = out[n-1][:len(out[n-1])-1] + line[6:]
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// TestPeer exchanges messages with net/http.
func TestPeer(t *testing.T) {
	for _, body := range []string{"", "hello", strings.Repeat("x", 100000)} {
		for _, chunked := range []bool{false, true} {
			req, _ := http.NewRequest("POST", "http://h.test/p?q=1", io.NopCloser(strings.NewReader(body)))
			req.ContentLength = int64(len(body))
			req.Header["X-Two"] = []string{"1", "2"}
			if chunked {
				req.ContentLength, req.Trailer = -1, http.Header{"T": {"u"}}
			}
			var wire bytes.Buffer
			if err := req.Write(&wire); err != nil {
				t.Fatal(err)
			}
			got := trace(oracleCase{Mode: Request, Chunks: []string{wire.String()}, Finish: true})
			if !strings.Contains(got, `POST "/p?q=1" ["Host","h.test"`) || !strings.Contains(got, `"X-Two","1","X-Two","2"`) ||
				strings.Contains(got, "error") || body != "" && !strings.Contains(got, "body "+quote(body)) || chunked != strings.HasSuffix(got, `end ["T","u"]`) {
				t.Errorf("chunked %v: %.300s", chunked, got)
			}

			b := AppendStatusLine(nil, 299, "h\u00e9")
			b = AppendHeader(b, "X-V", "v")
			b = AppendHeader(b, "Date", string(new(Date).At(time.Unix(784111777, 0))))
			if chunked {
				b = append(AppendHeader(b, "Transfer-Encoding", "chunked"), "\r\n"...)
				if body != "" {
					b = append(append(AppendChunkSize(b, len(body)), body...), "\r\n"...)
				}
				b = append(AppendChunkSize(b, 0), "\r\n"...)
			} else {
				b = append(append(AppendContentLength(b, int64(len(body))), "\r\n"...), body...)
			}
			res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
			if err != nil {
				t.Fatal(err)
			}
			read, err := io.ReadAll(res.Body)
			if err != nil || string(read) != body || res.Status != "299 h\xe9" || res.Header.Get("Date") != "Sun, 06 Nov 1994 08:49:37 GMT" || res.Header.Get("X-V") != "v" {
				t.Errorf("chunked %v: %v %v %d bytes, %v", chunked, res.Status, res.Header, len(read), err)
			}
		}
	}
	for code := range 600 {
		if s := http.StatusText(code); s != "" && StatusText(code) == "" {
			t.Errorf("no text for %d %s", code, s)
		}
	}
}

func TestValid(t *testing.T) {
	for s, want := range map[string][2]bool{
		"a-b": {true, true}, "": {false, true}, "a b": {false, true}, "a\tb": {false, true}, "a\r": {false, false},
		"\u00e9": {false, true}, "\u20ac": {false, false}, "a:": {false, true}, "\x7f": {false, false}, "\u00e9\n": {false, false},
	} {
		if got := [2]bool{ValidToken(s), ValidValue(s)}; got != want {
			t.Errorf("%q: token, value %v, want %v", s, got, want)
		}
	}
}

type discard struct{}

func (discard) OnMessageBegin()           {}
func (discard) OnHeadersComplete() Action { return Continue }
func (discard) OnBody([]byte)             {}
func (discard) OnMessageComplete()        {}

func BenchmarkGet(b *testing.B) {
	for _, extra := range []string{"", strings.Repeat("X-Some-Header: of the usual length\r\n", 10)} {
		b.Run(fmt.Sprint(len(extra)), func(b *testing.B) {
			data := []byte("GET /path HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" + extra + "\r\n")
			var p Parser
			p.Reset(Request, 0, 0, discard{})
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if n, err := p.Execute(data); n != len(data) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}
