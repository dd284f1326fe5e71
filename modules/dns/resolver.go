package dns

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/idna"

	"gonode/runtime"
)

// The codes of what a question can end with, as c-ares words them in Node.
const (
	codeNoData    = "ENODATA"
	codeFormErr   = "EFORMERR"
	codeServFail  = "ESERVFAIL"
	codeNotFound  = "ENOTFOUND"
	codeNotImp    = "ENOTIMP"
	codeRefused   = "EREFUSED"
	codeBadName   = "EBADNAME"
	codeBadResp   = "EBADRESP"
	codeConn      = "ECONNREFUSED"
	codeTimeout   = "ETIMEOUT"
	codeCancelled = "ECANCELLED"
)

// The types that package dnsmessage does not know.
const (
	typeNAPTR = dnsmessage.Type(35)
	typeTLSA  = dnsmessage.Type(52)
	typeCAA   = dnsmessage.Type(257)
)

// settings are what a question is asked with; a copy goes to its goroutine.
type settings struct {
	servers        []netip.AddrPort
	timeout        time.Duration
	maxTimeout     time.Duration // of a later try; 0 is no limit
	tries          int
	local4, local6 netip.Addr
	policy         *runtime.Policy // nil for none
}

// systemServers are the name servers of resolv.conf.
func systemServers() []netip.AddrPort {
	var list []netip.AddrPort
	eachLine("/etc/resolv.conf", func(fields []string) bool {
		if fields[0] == "nameserver" && len(fields) > 1 && !strings.HasPrefix(fields[0], ";") {
			if a, err := netip.ParseAddr(fields[1]); err == nil {
				list = append(list, netip.AddrPortFrom(a, 53))
			}
		}
		return true
	})
	if len(list) == 0 {
		list = append(list, netip.MustParseAddrPort("127.0.0.1:53"))
	}
	return list
}

// ask puts one question to the servers in turn, each try waiting twice as long as the one before. It returns the
// answer section, or a code. Any goroutine.
func (s settings) ask(ctx context.Context, name string, typ dnsmessage.Type) ([]dnsmessage.Resource, string) {
	if ascii, err := idna.Punycode.ToASCII(name); err == nil {
		name = ascii
	}
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	qname, err := dnsmessage.NewName(name)
	if err != nil {
		return nil, codeBadName
	}
	var id [2]byte
	rand.Read(id[:])
	question := dnsmessage.Question{Name: qname, Type: typ, Class: dnsmessage.ClassINET}
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: binary.BigEndian.Uint16(id[:]), RecursionDesired: true},
		Questions: []dnsmessage.Question{question},
	}
	packet, err := query.Pack()
	if err != nil {
		return nil, codeBadName
	}
	code := codeTimeout
	for try := range s.tries {
		for _, server := range s.servers {
			if ctx.Err() != nil {
				return nil, codeCancelled
			}
			timeout := s.timeout << min(try, 10)
			if s.maxTimeout > 0 {
				timeout = min(timeout, s.maxTimeout)
			}
			answer, failed := s.exchange(ctx, server, packet, question, timeout)
			if failed == "" {
				return answer, ""
			}
			code = failed
			switch failed {
			case codeServFail, codeNotImp, codeRefused, codeTimeout, codeConn, codeBadResp:
				continue // another server may do better
			}
			return nil, code
		}
		if code != codeTimeout && code != codeConn {
			break
		}
	}
	if ctx.Err() != nil {
		code = codeCancelled
	}
	return nil, code
}

func (s settings) exchange(ctx context.Context, server netip.AddrPort, packet []byte, q dnsmessage.Question, timeout time.Duration) ([]dnsmessage.Resource, string) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var m dnsmessage.Message
	malformed := false
	for _, network := range [...]string{"udp", "tcp"} {
		reply, err := s.roundTrip(ctx, network, server, packet, func(reply []byte) bool {
			if m.Unpack(reply) != nil {
				malformed = len(reply) > 1 && reply[0] == packet[0] && reply[1] == packet[1]
				return malformed
			}
			return m.ID == binary.BigEndian.Uint16(packet) && m.Response &&
				len(m.Questions) == 1 && m.Questions[0].Type == q.Type && strings.EqualFold(m.Questions[0].Name.String(), q.Name.String())
		})
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			return nil, codeConn
		case err != nil && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded):
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				return nil, codeTimeout
			}
			return nil, codeConn
		case err != nil:
			return nil, codeTimeout
		case reply == nil || malformed:
			return nil, codeBadResp
		}
		if !m.Truncated {
			break
		}
	}
	switch m.RCode {
	case dnsmessage.RCodeSuccess:
	case dnsmessage.RCodeNameError:
		return nil, codeNotFound
	case dnsmessage.RCodeFormatError:
		return nil, codeFormErr
	case dnsmessage.RCodeServerFailure:
		return nil, codeServFail
	case dnsmessage.RCodeNotImplemented:
		return nil, codeNotImp
	case dnsmessage.RCodeRefused:
		return nil, codeRefused
	default:
		return nil, codeBadResp
	}
	return m.Answers, ""
}

// roundTrip sends the packet and returns the first reply that fits, nil when a stream brought another.
func (s settings) roundTrip(ctx context.Context, network string, server netip.AddrPort, packet []byte, fits func([]byte) bool) ([]byte, error) {
	var d net.Dialer
	local := s.local6
	if server.Addr().Is4() {
		local = s.local4
	}
	if local.IsValid() {
		if network == "udp" {
			d.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
		} else {
			d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
		}
	}
	dial := d.DialContext
	if s.policy != nil && s.policy.Dial != nil {
		dial = s.policy.Dial
	}
	c, err := dial(ctx, network, server.String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	if network == "tcp" {
		out := binary.BigEndian.AppendUint16(make([]byte, 0, len(packet)+2), uint16(len(packet)))
		if _, err := c.Write(append(out, packet...)); err != nil {
			return nil, err
		}
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return nil, err
		}
		reply := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, reply); err != nil {
			return nil, err
		}
		if !fits(reply) {
			return nil, nil
		}
		return reply, nil
	}
	if _, err := c.Write(packet); err != nil {
		return nil, err
	}
	buf := make([]byte, 65535)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return nil, err
		}
		// Anything else is a late reply to another question, or forged.
		if fits(buf[:n]) {
			return buf[:n], nil
		}
	}
}

// reverseName is the name under which the DNS keeps an address.
func reverseName(a netip.Addr) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	bytes := a.AsSlice()
	slices.Reverse(bytes)
	if a.Is4() {
		for _, x := range bytes {
			b.WriteString(decimal(x) + ".")
		}
		return b.String() + "in-addr.arpa."
	}
	for _, x := range bytes {
		b.WriteByte(hex[x&15])
		b.WriteByte('.')
		b.WriteByte(hex[x>>4])
		b.WriteByte('.')
	}
	return b.String() + "ip6.arpa."
}
