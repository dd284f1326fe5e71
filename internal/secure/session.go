package secure

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// Sessions is the tls.ClientSessionCache of one connection: it offers the session that was given, and keeps those that
// come. The handshake's goroutine and the loop's use it.
type Sessions struct {
	mu       sync.Mutex
	offer    *tls.ClientSessionState
	ticket   []byte // of offer
	received [][]byte
}

// Offer sets the session to resume, as Encode has written it.
func (s *Sessions) Offer(data []byte) error {
	state, err := decodeSession(data)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offer = state
	s.ticket, _, _ = SplitSession(bytes.Clone(data))
	return nil
}

// Get implements tls.ClientSessionCache.
func (s *Sessions) Get(string) (*tls.ClientSessionState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offer, s.offer != nil
}

// Put implements tls.ClientSessionCache.
func (s *Sessions) Put(_ string, state *tls.ClientSessionState) {
	if state == nil {
		return
	}
	data, err := encodeSession(state)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// A server before TLS 1.3 may give the ticket back that it was shown.
	if ticket, _, _ := SplitSession(data); s.ticket == nil || !bytes.Equal(ticket, s.ticket) {
		s.received = append(s.received, data)
	}
}

// Received takes the sessions that have come since the last call.
func (s *Sessions) Received() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.received
	s.received = nil
	return list
}

func encodeSession(state *tls.ClientSessionState) ([]byte, error) {
	ticket, session, err := state.ResumptionState()
	if err != nil {
		return nil, err
	}
	body, err := session.Bytes()
	if err != nil {
		return nil, err
	}
	data := binary.BigEndian.AppendUint32(nil, uint32(len(ticket)))
	return append(append(data, ticket...), body...), nil
}

// Tickets makes a server's configuration issue and take tickets as Node does: a session lasts as long as the context
// says, and one that is resumed keeps its ticket. The configuration has to be of one connection alone. wrap and
// unwrap, if not nil, take the place of the ticket's encryption.
func (c *Context) Tickets(config *tls.Config, wrap func(*tls.SessionState) ([]byte, error), unwrap func([]byte) (*tls.SessionState, error)) {
	id, lifetime := c.SessionID, c.Lifetime
	if wrap != nil {
		config.SessionTicketsDisabled = false // these are no tickets with state in them
	}
	var taken []byte
	config.WrapSession = func(cs tls.ConnectionState, s *tls.SessionState) ([]byte, error) {
		if cs.DidResume && taken != nil {
			return taken, nil
		}
		stamp := binary.BigEndian.AppendUint64([]byte(stampMark), uint64(time.Now().UnixMilli()))
		stamp = append(stamp, byte(min(len(cs.PeerCertificates), 1)))
		s.Extra = append(s.Extra, append(stamp, id...))
		if wrap != nil {
			return wrap(s)
		}
		return config.EncryptTicket(cs, s)
	}
	config.UnwrapSession = func(identity []byte, cs tls.ConnectionState) (s *tls.SessionState, err error) {
		if unwrap != nil {
			s, err = unwrap(identity)
		} else {
			s, err = config.DecryptTicket(identity, cs)
		}
		if s == nil || err != nil {
			return nil, err
		}
		known, ok := stamped(s, id, lifetime)
		if !ok {
			return nil, nil
		}
		// A session of a client without a certificate is resumed all the same: it is for the caller to turn the client away.
		if !known && config.ClientAuth == tls.RequireAnyClientCert {
			config.ClientAuth = tls.RequestClientCert
		}
		taken = bytes.Clone(identity)
		config.SessionTicketsDisabled = config.SessionTicketsDisabled || cs.Version >= tls.VersionTLS13
		return s, nil
	}
}

const stampMark = "gonode"

// stamped looks for what Tickets has added to a session: whether its client had a certificate.
func stamped(s *tls.SessionState, id []byte, lifetime time.Duration) (known, ok bool) {
	for _, extra := range s.Extra {
		stamp, ok := bytes.CutPrefix(extra, []byte(stampMark))
		if !ok || len(stamp) < 9 {
			continue
		}
		made := time.UnixMilli(int64(binary.BigEndian.Uint64(stamp)))
		return stamp[8] != 0, bytes.Equal(stamp[9:], id) && time.Since(made) < lifetime
	}
	return false, false
}

var errSession = errors.New("tls: malformed session")

// SplitSession takes apart what Encode has written: the ticket and the state.
func SplitSession(data []byte) (ticket, state []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(data)
	data = data[4:]
	if uint64(n) > uint64(len(data)) {
		return nil, nil, false
	}
	return data[:n], data[n:], true
}

func decodeSession(data []byte) (*tls.ClientSessionState, error) {
	ticket, body, ok := SplitSession(data)
	if !ok {
		return nil, errSession
	}
	state, err := tls.ParseSessionState(body)
	if err != nil {
		return nil, err
	}
	return tls.NewResumptionState(ticket, state)
}
