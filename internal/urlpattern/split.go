package urlpattern

// The states of splitting a pattern of a whole URL into its components, in the order of these.
type splitState int

const (
	inProtocol splitState = iota
	inUsername
	inPassword
	inHostname
	inPort
	inPathname
	inSearch
	inHash
	inStart
	inAuthority
	splitDone
)

// splitter cuts a pattern of a whole URL, which may be relative, where a URL would be cut.
type splitter struct {
	text     string
	tokens   []token
	result   Init
	state    splitState
	start    int // the token that the component begins with
	at, step int
	groups   int // how deep in {…}
	brackets int // how deep in […] of an address
	special  bool
}

// split gives the components of a pattern of a whole URL. special tells whether a protocol's pattern matches one with a host.
func split(text string, special func(protocol string) (bool, error)) (Init, error) {
	tokens, _ := tokenize(text, true)
	s := &splitter{text: text, tokens: tokens, state: inStart}
	for s.at < len(s.tokens) {
		s.step = 1
		t := s.tokens[s.at]
		if t.kind == endToken {
			if s.state == inStart {
				s.rewind()
				switch {
				case s.is(s.at, "#"):
					s.change(inHash, 1)
				case s.beginsSearch():
					s.change(inSearch, 1)
				default:
					s.change(inPathname, 0)
				}
				s.at += s.step
				continue
			}
			if s.state == inAuthority {
				s.rewindTo(inHostname)
				s.at += s.step
				continue
			}
			s.change(splitDone, 0)
			break
		}
		if t.kind == openToken {
			s.groups++
			s.at++
			continue
		}
		if s.groups > 0 {
			if t.kind != closeToken {
				s.at++
				continue
			}
			s.groups--
		}
		if err := s.advance(special); err != nil {
			return s.result, err
		}
		s.at += s.step
	}
	if s.result[Hostname] != nil && s.result[Port] == nil {
		s.result[Port] = new(string)
	}
	return s.result, nil
}

func (s *splitter) advance(special func(string) (bool, error)) error {
	search, hash, path := s.beginsSearch, func() bool { return s.is(s.at, "#") }, func() bool { return s.is(s.at, "/") }
	later := func() { // to those of the last components that may still come
		switch {
		case s.state < inPathname && path():
			s.change(inPathname, 0)
		case s.state < inSearch && search():
			s.change(inSearch, 1)
		case hash():
			s.change(inHash, 1)
		}
	}
	switch s.state {
	case inStart:
		if s.is(s.at, ":") {
			s.rewindTo(inProtocol)
		}
	case inProtocol:
		if !s.is(s.at, ":") {
			break
		}
		var err error
		if s.special, err = special(s.component()); err != nil {
			return err
		}
		switch {
		case s.is(s.at+1, "/") && s.is(s.at+2, "/"):
			s.change(inAuthority, 3)
		case s.special:
			s.change(inAuthority, 1)
		default:
			s.change(inPathname, 1)
		}
	case inAuthority:
		if s.is(s.at, "@") {
			s.rewindTo(inUsername)
		} else if path() || search() || hash() {
			s.rewindTo(inHostname)
		}
	case inUsername:
		if s.is(s.at, ":") {
			s.change(inPassword, 1)
		} else if s.is(s.at, "@") {
			s.change(inHostname, 1)
		}
	case inPassword:
		if s.is(s.at, "@") {
			s.change(inHostname, 1)
		}
	case inHostname:
		switch {
		case s.is(s.at, "["):
			s.brackets++
		case s.is(s.at, "]"):
			s.brackets--
		case s.is(s.at, ":") && s.brackets == 0:
			s.change(inPort, 1)
		default:
			later()
		}
	case inPort, inPathname, inSearch:
		later()
	}
	return nil
}

func (s *splitter) rewind() { s.at, s.step = s.start, 0 }

func (s *splitter) rewindTo(state splitState) {
	s.rewind()
	s.state = state
}

// component is the text since the component's start.
func (s *splitter) component() string { return s.text[s.token(s.start).at:s.token(s.at).at] }

func (s *splitter) token(i int) token {
	if i < len(s.tokens) {
		return s.tokens[i]
	}
	return s.tokens[len(s.tokens)-1]
}

// change ends a component, and says what components are that the text jumped over.
func (s *splitter) change(to splitState, skip int) {
	if s.state <= inHash {
		text := s.component()
		s.result[s.state] = &text
	}
	if s.state != inStart && to != splitDone {
		before := func(last splitState) bool { return s.state <= last || s.state == inAuthority }
		fill := func(c Name, text string) {
			if s.result[c] == nil {
				s.result[c] = &text
			}
		}
		if before(inPassword) && (to == inPort || to == inPathname || to == inSearch || to == inHash) {
			fill(Hostname, "")
		}
		if before(inPort) && (to == inSearch || to == inHash) {
			path := ""
			if s.special {
				path = "/"
			}
			fill(Pathname, path)
		}
		if before(inPathname) && to == inHash {
			fill(Search, "")
		}
	}
	s.state = to
	s.at += skip
	s.start, s.step = s.at, 0
}

// is tells whether a token is that character, not one of a pattern's syntax.
func (s *splitter) is(i int, char string) bool {
	t := s.token(i)
	return t.value == char && (t.kind == charToken || t.kind == escapedToken || t.kind == invalidToken)
}

// beginsSearch tells whether a question mark is one, and not a modifier.
func (s *splitter) beginsSearch() bool {
	if s.is(s.at, "?") {
		return true
	}
	if s.token(s.at).value != "?" || s.token(s.at).kind != modifierToken {
		return false
	}
	if s.at == 0 {
		return true
	}
	switch s.token(s.at - 1).kind {
	case nameToken, regexpToken, closeToken, asteriskToken:
		return false
	}
	return true
}
