package dns

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// serve answers questions over UDP and TCP on one port by their name's first label: what it answers with is an rcode, "tc"
// (truncated over UDP), "stray" (a reply with another id first) or an address.
func serve(t *testing.T) netip.AddrPort {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	u, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); u.Close() })
	answer := func(packet []byte, tcp bool) []byte {
		var m dnsmessage.Message
		if m.Unpack(packet) != nil {
			return nil
		}
		m.Response = true
		q := m.Questions[0]
		switch strings.SplitN(q.Name.String(), ".", 2)[0] {
		case "none":
		case "nx":
			m.RCode = dnsmessage.RCodeNameError
		case "fail":
			m.RCode = dnsmessage.RCodeServerFailure
		case "tc":
			if !tcp {
				m.Truncated = true
				break
			}
			fallthrough
		default:
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 7},
				Body: &dnsmessage.AResource{A: [4]byte{1, 2, 3, 4}}}}
		}
		out, _ := m.Pack()
		return out
	}
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := u.ReadFromUDP(buf)
			if err != nil {
				return
			}
			out := answer(buf[:n], false)
			if strings.Contains(string(buf[:n]), "stray") {
				other := append([]byte(nil), out...)
				other[0] ^= 0xff
				u.WriteToUDP(other, from)
			}
			if !strings.Contains(string(buf[:n]), "silent") {
				u.WriteToUDP(out, from)
			}
		}
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var size [2]byte
			io.ReadFull(c, size[:])
			buf := make([]byte, binary.BigEndian.Uint16(size[:]))
			io.ReadFull(c, buf)
			out := answer(buf, true)
			c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
			c.Close()
		}
	}()
	return addr
}

func TestAsk(t *testing.T) {
	server := serve(t)
	closed, _ := net.ListenPacket("udp", "127.0.0.1:0")
	dead := closed.LocalAddr().(*net.UDPAddr).AddrPort()
	closed.Close()
	for name, want := range map[string]string{
		"host.example": "1 ", "nx.example": "0 ENOTFOUND", "fail.example": "0 ESERVFAIL", "tc.example": "1 ", "stray.example": "1 ",
		"none.example": "0 ", "silent.example": "0 ETIMEOUT", "dead": "0 ECONNREFUSED", "dead first": "1 ", strings.Repeat("x", 300): "0 EBADNAME",
	} {
		t.Run(name, func(t *testing.T) {
			s := settings{servers: []netip.AddrPort{server}, timeout: 100 * time.Millisecond, tries: 1}
			switch name {
			case "dead":
				s.servers = []netip.AddrPort{dead}
			case "dead first":
				s.servers, name = []netip.AddrPort{dead, server}, "x"
			}
			answers, code := s.ask(context.Background(), name, dnsmessage.TypeA)
			if got := fmt.Sprintf("%d %s", len(answers), code); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestReverseName(t *testing.T) {
	for a, want := range map[string]string{
		"1.2.3.40":    "40.3.2.1.in-addr.arpa.",
		"2001:db8::1": "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
	} {
		t.Run(a, func(t *testing.T) {
			if got := reverseName(netip.MustParseAddr(a)); got != want {
				t.Errorf("got %q", got)
			}
		})
	}
}
