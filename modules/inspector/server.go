package inspector

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// server is where debuggers elsewhere find a thread: HTTP for who looks for it, WebSockets for sessions. Any goroutine.
type server struct {
	listener           net.Listener
	version            string
	id, title, address string
	script             string // the URL of what runs
	receive            func(message)
	say                func(string)

	mu    sync.Mutex
	conns map[int]*connection
	next  int
	ended bool
}

// listen opens the server on a port, 0 for any.
func listen(host string, port int, version, title, script string, receive func(message), say func(string)) (*server, error) {
	if host == "" {
		host = "127.0.0.1"
	}
	network := "tcp"
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		network = "tcp4" // 0.0.0.0 is not all of IPv6, too
	}
	l, err := net.Listen(network, net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		var unknown *net.DNSError
		if errors.As(err, &unknown) {
			return nil, fmt.Errorf("Unable to resolve %q: unknown node or service", host)
		}
		reason := err.Error()
		if strings.Contains(reason, "address already in use") {
			reason = "address already in use"
		} else if i := strings.LastIndex(reason, ": "); i >= 0 {
			reason = reason[i+2:]
		}
		return nil, fmt.Errorf("Starting inspector on %s failed: %s", net.JoinHostPort(host, strconv.Itoa(port)), reason)
	}
	s := &server{listener: l, version: version, id: uuid(), title: title, script: script, address: l.Addr().String(), receive: receive, say: say, conns: map[int]*connection{}}
	go s.accept()
	return s, nil
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *server) url() string { return "ws://" + s.address + "/" + s.id }

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *server) stopListening() { s.listener.Close() }

// close ends all connections, too.
func (s *server) close() {
	s.listener.Close()
	s.mu.Lock()
	s.ended = true
	conns := s.conns
	s.conns = map[int]*connection{}
	s.mu.Unlock()
	for _, c := range conns {
		c.end()
	}
}

func (s *server) send(session int, text []byte) {
	s.mu.Lock()
	c := s.conns[session]
	s.mu.Unlock()
	if c != nil {
		c.send(text)
	}
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		go s.serve(conn)
	}
}

// serve answers requests, the last of which may begin a session.
func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 4096)
	for {
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		path, header, err := readRequest(in)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			io.WriteString(conn, badRequest)
			return
		}
		key := header["sec-websocket-key"]
		if key != "" && strings.EqualFold(header["upgrade"], "websocket") && path == "/"+s.id && trustedHost(header["host"]) {
			s.session(conn, in, key)
			return
		}
		if !s.respond(conn, path, header) {
			return
		}
	}
}

// session accepts a WebSocket and passes on what comes in until it ends.
func (s *server) session(conn net.Conn, in *bufio.Reader, key string) {
	accept := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(accept[:]))
	conn.SetReadDeadline(time.Time{})
	c := newConnection(conn)
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.next++
	session := s.next
	s.conns[session] = c
	s.mu.Unlock()
	s.say("Debugger attached.\n")
	s.receive(message{session: session, kind: "open"})
	for {
		text, err := readMessage(in, c)
		if err != nil {
			break
		}
		s.receive(message{session, "message", string(text)})
	}
	s.mu.Lock()
	delete(s.conns, session)
	s.mu.Unlock()
	c.end()
	s.receive(message{session: session, kind: "close"})
}

// Limits of a request.
const (
	maxHeader = 16 << 10
	maxFields = 100
)

// readRequest reads the head of a GET request.
func readRequest(in *bufio.Reader) (path string, header map[string]string, err error) {
	header = map[string]string{}
	size := 0
	for i := 0; ; i++ {
		line, err := in.ReadSlice('\n')
		if err == io.EOF && size == 0 && len(line) == 0 {
			return "", nil, err
		}
		if size += len(line); err != nil || size > maxHeader || i > maxFields {
			return "", nil, errors.New("bad request")
		}
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case i == 0:
			parts := strings.Split(text, " ")
			if len(parts) != 3 || parts[0] != "GET" {
				return "", nil, errors.New("bad request")
			}
			path = parts[1]
		case text == "":
			return path, header, nil
		default:
			name, value, _ := strings.Cut(text, ":")
			header[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
}

// trustedHost tells addresses and this machine's name from names that somebody's DNS may lead here.
func trustedHost(host string) bool {
	if host == "" {
		return true
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return strings.EqualFold(host, "localhost")
}

type target struct {
	Description    string `json:"description"`
	Frontend       string `json:"devtoolsFrontendUrl"`
	FrontendCompat string `json:"devtoolsFrontendUrlCompat"`
	Favicon        string `json:"faviconUrl"`
	ID             string `json:"id"`
	Title          string `json:"title"`
	Type           string `json:"type"`
	URL            string `json:"url"`
	WebSocket      string `json:"webSocketDebuggerUrl"`
}

const badRequest = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/html; charset=UTF-8\r\n\r\nWebSockets request was expected\r\n"

// respond answers a request that begins no session; it is false if there can be no other on the connection.
func (s *server) respond(conn net.Conn, path string, header map[string]string) bool {
	var body []byte
	if trustedHost(header["host"]) && header["upgrade"] == "" {
		switch strings.TrimSuffix(path, "/") {
		case "/json", "/json/list":
			host := s.address
			if h := header["host"]; h != "" {
				host = h
			}
			frontend := func(page string) string {
				return "devtools://devtools/bundled/" + page + ".html?experiments=true&v8only=true&ws=" + host + "/" + s.id
			}
			list, _ := marshal(target{"node.js instance", frontend("js_app"), frontend("inspector"), "https://nodejs.org/static/images/favicons/favicon.ico",
				s.id, s.title, "node", s.script, "ws://" + host + "/" + s.id}, "  ")
			body = append(append([]byte("[ "), list...), " ]\n\n"...)
		case "/json/version":
			body, _ = marshal(struct {
				Browser  string
				Protocol string `json:"Protocol-Version"`
			}{"node.js/" + s.version, "1.1"}, "  ")
			body = append(body, ' ')
		case "/json/activate/" + s.id:
			body = []byte("Target activated")
		}
	}
	if body == nil {
		io.WriteString(conn, badRequest)
		return false
	}
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nCache-Control: no-cache\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return true
}

func marshal(v any, indent string) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
