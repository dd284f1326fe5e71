// Package urlpattern makes and matches patterns of URLs, by the URL Pattern Standard as Node 24 has it: what is read from
// a text or a list of components becomes one regular expression for each component. Who runs these is given by the caller.
// It may be called from any goroutine, an Engine from one at a time.
package urlpattern

import (
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// Name is a component of a URL.
type Name int

// The components in the order of a URL, and the base URL of an Init.
const (
	Protocol Name = iota
	Username
	Password
	Hostname
	Port
	Pathname
	Search
	Hash
	BaseURL
)

// Names are the properties that stand for the components.
var Names = [...]string{"protocol", "username", "password", "hostname", "port", "pathname", "search", "hash", "baseURL"}

// Init has a text for each component that is given.
type Init [BaseURL + 1]*string

// Regexp matches a whole text; groups that took no part are nil.
type Regexp interface {
	Match(text string) (groups []*string, ok bool)
}

// Engine is what patterns are made with.
type Engine struct {
	URLs    whatwg.Parser
	Compile func(source string, ignoreCase bool) (Regexp, error)
}

// Component is the pattern of one component.
type Component struct {
	Text    string // the pattern in its shortest form
	Regexps bool   // whether it has groups that are regular expressions
	names   []string
	regexp  Regexp
}

// Pattern is a pattern of URLs.
type Pattern struct {
	Components [Hash + 1]Component
	engine     *Engine
}

// Group is a group of a component and what it matched, nil if it took no part.
type Group struct {
	Name  string
	Value *string
}

// Result is what a component was and what its groups matched.
type Result struct {
	Input  string
	Groups []Group
}

// FromText makes a pattern of one for a whole URL, which is relative to base unless that is nil.
func (e *Engine) FromText(text string, base *string, ignoreCase bool) (*Pattern, error) {
	init, err := split(text, func(protocol string) (bool, error) {
		c, err := e.compile(protocol, plainRules, e.canonProtocol, false)
		return err == nil && c.isSpecial(), err
	})
	if err != nil {
		return nil, err
	}
	if base == nil && init[Protocol] == nil {
		return nil, errPattern
	}
	init[BaseURL] = base
	return e.FromInit(init, ignoreCase)
}

// FromInit makes a pattern of patterns for the components.
func (e *Engine) FromInit(init Init, ignoreCase bool) (*Pattern, error) {
	given, err := e.complete(init, true)
	if err != nil {
		return nil, err
	}
	text := func(n Name) string {
		if given[n] == nil {
			return "*"
		}
		return *given[n]
	}
	port := text(Port)
	if protocol := text(Protocol); isSpecial(protocol) && port == defaultPort(protocol) {
		port = ""
	}
	p := &Pattern{engine: e}
	compile := func(n Name, text string, r rules, encode func(string) (string, error), ignoreCase bool) {
		if err == nil {
			p.Components[n], err = e.compile(text, r, encode, ignoreCase)
		}
	}
	compile(Protocol, text(Protocol), plainRules, e.canonProtocol, false)
	compile(Username, text(Username), plainRules, canonUser, false)
	compile(Password, text(Password), plainRules, canonUser, false)
	host := e.canonHostname
	if isAddress(text(Hostname)) {
		host = canonAddress
	}
	compile(Hostname, text(Hostname), hostnameRules, host, false)
	compile(Port, port, plainRules, func(s string) (string, error) { return canonPort(s, "") }, false)
	if err == nil && p.Components[Protocol].isSpecial() {
		compile(Pathname, text(Pathname), pathnameRules, e.canonPathname, ignoreCase)
	} else {
		compile(Pathname, text(Pathname), plainRules, e.canonOpaque, ignoreCase)
	}
	compile(Search, text(Search), plainRules, canonSearch, ignoreCase)
	compile(Hash, text(Hash), plainRules, canonHash, ignoreCase)
	return p, err
}

func isAddress(hostname string) bool {
	return len(hostname) >= 2 && (hostname[0] == '[' || strings.HasPrefix(hostname, "{[") || strings.HasPrefix(hostname, `\[`))
}

func (e *Engine) compile(text string, r rules, encode func(string) (string, error), ignoreCase bool) (Component, error) {
	parts, err := parseParts(text, r, encode)
	if err != nil {
		return Component{}, err
	}
	c := Component{Text: textOf(parts, r)}
	for _, p := range parts {
		c.Regexps = c.Regexps || p.kind == regexpPart
	}
	source, names := regexpOf(parts, r)
	c.names = names
	c.regexp, err = e.Compile(source, ignoreCase)
	return c, err
}

// isSpecial tells whether a protocol's pattern matches one of those whose URLs have a host.
func (c *Component) isSpecial() bool {
	for _, protocol := range [...]string{"http", "https", "ws", "wss", "ftp", "file"} {
		if _, ok := c.regexp.Match(protocol); ok {
			return true
		}
	}
	return false
}

// complete takes from the base URL what a list of components leaves to it. Patterns stay as they are; otherwise the
// components are written as in a URL.
func (e *Engine) complete(init Init, pattern bool) (Init, error) {
	var out Init
	if !pattern {
		for n := Protocol; n <= Hash; n++ {
			out[n] = new(string)
		}
	}
	var base *whatwg.Url
	if init[BaseURL] != nil {
		u, err := e.parse(*init[BaseURL], nil)
		if err != nil {
			return out, errPattern
		}
		base = u
		// Each is inherited only if none of those that come before it is given.
		inherit := func(n Name, text string, unless ...Name) {
			for _, u := range unless {
				if init[u] != nil {
					return
				}
			}
			if pattern {
				text = escape(text, patternSyntax)
			}
			out[n] = &text
		}
		inherit(Protocol, strings.TrimSuffix(u.Protocol(), ":"), Protocol)
		if !pattern {
			inherit(Username, u.Username(), Protocol, Hostname, Port, Username)
			inherit(Password, u.Password(), Protocol, Hostname, Port, Username, Password)
		}
		inherit(Hostname, u.Hostname(), Protocol, Hostname)
		inherit(Port, u.Port(), Protocol, Hostname, Port)
		inherit(Pathname, u.Pathname(), Protocol, Hostname, Port, Pathname)
		inherit(Search, strings.TrimPrefix(u.Search(), "?"), Protocol, Hostname, Port, Pathname, Search)
		inherit(Hash, strings.TrimPrefix(u.Hash(), "#"), Protocol, Hostname, Port, Pathname, Search, Hash)
	}
	var err error
	set := func(n Name, text string, canon func(string) (string, error)) {
		if err != nil {
			return
		}
		if !pattern {
			text, err = canon(text)
		}
		out[n] = &text
	}
	if t := init[Protocol]; t != nil {
		set(Protocol, strings.TrimSuffix(*t, ":"), e.canonProtocol)
	}
	protocol := ""
	if out[Protocol] != nil {
		protocol = *out[Protocol]
	}
	if t := init[Username]; t != nil {
		set(Username, *t, canonUser)
	}
	if t := init[Password]; t != nil {
		set(Password, *t, canonUser)
	}
	if t := init[Hostname]; t != nil {
		set(Hostname, *t, e.canonHostname)
	}
	if t := init[Port]; t != nil {
		set(Port, *t, func(s string) (string, error) { return canonPort(s, protocol) })
	}
	if t := init[Pathname]; t != nil {
		path := *t
		if base != nil && !base.OpaquePath() && !isAbsolute(path, pattern) {
			dir := base.Pathname()
			if pattern {
				dir = escape(dir, patternSyntax)
			}
			if i := strings.LastIndexByte(dir, '/'); i >= 0 {
				path = dir[:i+1] + path
			}
		}
		canon := e.canonOpaque
		if protocol == "" || isSpecial(protocol) {
			canon = e.canonPathname
		}
		set(Pathname, path, canon)
	}
	if t := init[Search]; t != nil {
		set(Search, strings.TrimPrefix(*t, "?"), canonSearch)
	}
	if t := init[Hash]; t != nil {
		set(Hash, strings.TrimPrefix(*t, "#"), canonHash)
	}
	return out, err
}

func isAbsolute(path string, pattern bool) bool {
	return strings.HasPrefix(path, "/") || pattern && (strings.HasPrefix(path, `\/`) || strings.HasPrefix(path, "{/"))
}

// MatchText matches a URL, relative to base unless that is nil. A relative one without a base has no protocol and no host.
func (p *Pattern) MatchText(text string, base *string) (results [Hash + 1]Result, ok bool) {
	u, err := p.engine.parse(text, base)
	protocol := ""
	if err == nil {
		protocol = strings.TrimSuffix(u.Protocol(), ":")
	} else if base != nil {
		return results, false
	} else {
		nowhere := "fake://"
		if u, err = p.engine.parse(text, &nowhere); err != nil {
			return results, false
		}
	}
	return p.match([...]string{protocol, u.Username(), u.Password(), u.Hostname(), u.Port(), u.Pathname(),
		strings.TrimPrefix(u.Search(), "?"), strings.TrimPrefix(u.Hash(), "#")})
}

// MatchInit matches the components of a URL.
func (p *Pattern) MatchInit(init Init) (results [Hash + 1]Result, ok bool) {
	given, err := p.engine.complete(init, false)
	if err != nil {
		return results, false
	}
	var texts [Hash + 1]string
	for n := range texts {
		texts[n] = *given[n]
	}
	return p.match(texts)
}

func (p *Pattern) match(texts [Hash + 1]string) (results [Hash + 1]Result, ok bool) {
	for n, text := range texts {
		c := &p.Components[n]
		groups, ok := c.regexp.Match(text)
		if !ok {
			return results, false
		}
		results[n].Input = text
		for i, name := range c.names {
			g := Group{Name: name}
			if i < len(groups) {
				g.Value = groups[i]
			}
			results[n].Groups = append(results[n].Groups, g)
		}
	}
	return results, true
}
