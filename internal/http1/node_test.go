package http1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// oracle runs Node's own parser over cases, one JSON text a line, and prints what it reported in the
// form that trace has.
const oracle = `
const { HTTPParser: P, methods: names } = require('_http_common');
const methods = [...names.slice(0, 34), 'PRI']; // llhttp's numbers beyond SOURCE are no indices of Node's list
methods[46] = 'QUERY';
if (process.versions.llhttp < '9.4') { console.log('old'); process.exit(0); }
const out = [];
for (const line of require('fs').readFileSync(0, 'latin1').split('\n')) {
  if (!line) continue;
  const t = JSON.parse(line), log = [], p = new P();
  let body = '', target = '', heads = [];
  const flush = () => { if (body) log.push('body ' + JSON.stringify(body)); body = ''; };
  if (t.Pairs) p.maxHeaderPairs = t.Pairs;
  p.initialize(t.Mode === 1 ? P.REQUEST : P.RESPONSE, {}, t.Max, t.Lenient);
  p[P.kOnMessageBegin] = () => { flush(); log.push('begin'); };
  p[P.kOnHeaders] = (h, u) => { heads.push(...h); target += u; };
  p[P.kOnHeadersComplete] = (maj, min, h, m, url, status, msg, upgrade, keep) => {
    h = h || heads.splice(0);
    url = target + (url || ''); target = '';
    log.push(['head', maj + '.' + min, t.Mode === 1 ? (methods[m] ?? '') : status, JSON.stringify(t.Mode === 1 ? url : msg), JSON.stringify(h), upgrade, keep].join(' '));
    return upgrade ? 2 : t.Skip ? 1 : 0;
  };
  p[P.kOnBody] = (b) => { body += b.latin1Slice(); };
  p[P.kOnMessageComplete] = () => { flush(); log.push('end ' + JSON.stringify(heads.splice(0))); target = ''; };
  for (const c of t.Chunks) {
    const r = p.execute(Buffer.from(c, 'latin1'));
    flush();
    if (typeof r === 'number') { if (r !== c.length) { log.push('used ' + Math.max(r, 0)); break; } } else {
      log.push(['error', r.code, r.bytesParsed, r.reason].join(' ')); break; }
  }
  if (t.Finish) { const r = p.finish(); flush(); if (r) log.push(['error', r.code, 0, r.reason].join(' ')); }
  out.push(log.join('\n'));
}
process.stdout.write(JSON.stringify(out));
`

var seeds = []string{
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /a?b=c#d HTTP/1.0\r\nConnection: keep-alive\r\nX-Y:  z \t\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET",
	"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b;c=\"d\\\"\"\r\nWiki\r\n5;e\r\npedia\r\n0\r\nT: 1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n",
	"CONNECT a.b:80 HTTP/1.1\r\nHost: a.b\r\n\r\nrest",
	"GET / HTTP/1.1\r\nConnection: Upgrade, close\r\nUpgrade: x\r\n\r\nrest",
	"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nokrest",
	"OPTIONS * HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET",
	"SOURCE http://u:p@h.x/y?z ICE/1.0\r\nA: b\r\n\r\n",
	"GET_PARAMETER rtsp://a/b RTSP/1.0\r\nA:\r\nB:c\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"GET /old\r\nA: b\r\n\r\n",
	"QUERY / HTTP/1.1\r\n\r\n",
	"M-SEARCH / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\nContent-Length: 4\r\n\r\n",
	"GET / HTTP/1.1\r\nFolded: a\r\n b\r\n\tc\r\nConnection: keep-alive, Upgrade ,x\r\nProxy-Connection : close\r\n\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 100\r\n\r\n",
	"HTTP/1.1 200 OK\r\n\r\nuntil the end",
	"HTTP/1.0 404\r\nConnection: Keep-Alive\r\nTransfer-Encoding: gzip\r\n\r\nxyz",
	"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest",
	"HTTP/1.1 200 \xe9t\xe9\r\nTransfer-Encoding: identity,chunked\r\nX: \xff\r\n\r\n1\r\na\r\n0\r\n\r\nHTTP/1.1 304 Not\r\n\r\n",
	"RTSP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na\r\nb",
}

var bits = []string{"\r", "\n", "\r\n", " ", "\t", ":", ",", ";", "=", "\"", "\\", "?", "#", "@", "[", "/", "a", "Z", "0", "9", "\x00", "\x7f", "\x80", "\xff", "\f",
	"chunked", "close", "keep-alive", "upgrade", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "HTTP/1.1", "\r\n ", "\r\n\r\n"}

func mutate(r *rand.Rand, s string) string {
	for n := r.Intn(4); n > 0; n-- {
		i := r.Intn(len(s) + 1)
		j := min(len(s), i+r.Intn(3))
		switch r.Intn(3) {
		case 0:
			s = s[:i] + bits[r.Intn(len(bits))] + s[i:]
		case 1:
			s = s[:i] + bits[r.Intn(len(bits))] + s[j:]
		default:
			s = s[:i] + s[j:]
		}
		if len(s) == 0 {
			s = "G"
		}
	}
	return s
}

type oracleCase struct {
	Mode    Mode
	Max     int
	Pairs   int
	Lenient Lenient
	Skip    bool
	Chunks  []string
	Finish  bool
}

// TestAgainstNode feeds mutated messages to this parser and to Node's, and wants the same events,
// error codes, reasons and positions.
func TestAgainstNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on PATH")
	}
	count := 6000
	if s := os.Getenv("HTTP1_CASES"); s != "" {
		fmt.Sscan(s, &count)
	}
	r := rand.New(rand.NewSource(int64(count)))
	var cases []oracleCase
	var input bytes.Buffer
	for i := range count {
		s := seeds[i%len(seeds)]
		c := oracleCase{Mode: Request, Skip: r.Intn(8) == 0, Finish: r.Intn(2) == 0}
		if i%len(seeds) >= 17 {
			c.Mode = Response
		}
		if r.Intn(3) == 0 {
			c.Lenient = Lenient(r.Intn(2 * int(LenientHeaderValueRelaxed)))
		}
		if r.Intn(6) == 0 {
			c.Max = 20 + r.Intn(60)
		}
		if r.Intn(6) == 0 {
			c.Pairs = 1 + r.Intn(4)
		}
		s = mutate(r, s)
		for r.Intn(3) == 0 && len(s) > 1 {
			j := 1 + r.Intn(len(s)-1)
			c.Chunks = append(c.Chunks, utf8(s[:j]))
			s = s[j:]
		}
		c.Chunks = append(c.Chunks, utf8(s))
		cases = append(cases, c)
		var line bytes.Buffer
		e := json.NewEncoder(&line)
		e.SetEscapeHTML(false)
		if err := e.Encode(c); err != nil {
			t.Fatal(err)
		}
		for _, ch := range line.String() { // the script reads latin1, so escape the rest
			if ch > 0x7e {
				fmt.Fprintf(&input, "\\u%04x", ch)
			} else {
				input.WriteRune(ch)
			}
		}
	}
	cmd := exec.Command(node, "-e", oracle)
	cmd.Env = append(os.Environ(), "NODE_OPTIONS=", "NODE_NO_WARNINGS=1")
	cmd.Stdin = &input
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, string(err.(*exec.ExitError).Stderr))
	}
	if strings.HasPrefix(string(out), "old") {
		t.Skip("this node's parser is older than llhttp 9.4")
	}
	var want []string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	bad := 0
	for i, c := range cases {
		if got := trace(c); got != want[i] {
			t.Errorf("mode %d lenient %b max %d pairs %d skip %v finish %v %q\n--- got\n%s\n--- node\n%s", c.Mode, c.Lenient, c.Max, c.Pairs, c.Skip, c.Finish, c.Chunks, got, want[i])
			if bad++; bad == 8 {
				return
			}
		}
	}
}

// utf8 turns bytes into the string whose code points they are; latin1 is its inverse.
func utf8(s string) string { return Latin1([]byte(s)) }

func latin1(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, c := range s {
		b = append(b, byte(c))
	}
	return b
}

type tracer struct {
	p    *Parser
	skip bool
	body string
	log  []string
}

func quote(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v)
	// encoding/json escapes these, JSON.stringify does not
	return strings.NewReplacer(`\u007f`, "\x7f").Replace(strings.TrimSuffix(b.String(), "\n"))
}

func (h *tracer) flush() {
	if h.body != "" {
		h.log = append(h.log, "body "+quote(h.body))
		h.body = ""
	}
}

func (h *tracer) fields() string {
	list := []string{}
	for i := range h.p.NumHeaders() {
		n, v := h.p.HeaderAt(i)
		list = append(list, Latin1(n), Latin1(v))
	}
	return quote(list)
}

func (h *tracer) OnMessageBegin() { h.flush(); h.log = append(h.log, "begin") }

func (h *tracer) OnHeadersComplete() Action {
	first, second := h.p.Method.String(), h.p.URL()
	if !h.p.Method.isHTTP() {
		first = "" // Node has no name for it
	}
	if h.p.mode == Response {
		first, second = fmt.Sprint(h.p.StatusCode), h.p.StatusMessage()
	}
	h.log = append(h.log, fmt.Sprintf("head %d.%d %s %s %s %v %v", h.p.VersionMajor, h.p.VersionMinor, first,
		quote(Latin1(second)), h.fields(), h.p.Upgrade, h.p.ShouldKeepAlive()))
	switch {
	case h.p.Upgrade:
		return Upgrade
	case h.skip:
		return SkipBody
	}
	return Continue
}

func (h *tracer) OnBody(b []byte) { h.body += Latin1(b) }

func (h *tracer) OnMessageComplete() { h.flush(); h.log = append(h.log, "end "+h.fields()) }

func trace(c oracleCase) string {
	var p Parser
	h := &tracer{p: &p, skip: c.Skip}
	p.Reset(c.Mode, c.Max, c.Lenient, h)
	p.LimitFields(func() int { return c.Pairs })
	report := func(e *Error) {
		h.log = append(h.log, fmt.Sprintf("error %s %d %s", e.Code, e.BytesParsed, e.Reason))
	}
	for _, s := range c.Chunks {
		b := latin1(s)
		n, err := p.Execute(b)
		h.flush()
		if err != nil {
			report(err)
			break
		}
		if n != len(b) {
			h.log = append(h.log, fmt.Sprint("used ", n))
			break
		}
	}
	if c.Finish {
		err := p.Finish()
		h.flush()
		if err != nil {
			report(err)
		}
	}
	return strings.Join(h.log, "\n")
}
