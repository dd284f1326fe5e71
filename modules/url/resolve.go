package url

import (
	"slices"
	"strings"
)

// resolveLegacy is url.resolveObject: relative seen from source. It follows RFC 3986 where the legacy parser does, and
// its habits elsewhere: schemes without slashes keep the host as the first part of the path.
func (m *module) resolveLegacy(source, relative *legacy) *legacy {
	r, rel := *source, *relative
	r.hash = rel.hash
	finish := func() *legacy {
		r.href = ptr(m.format(&r))
		return &r
	}
	setPath := func() {
		if r.pathname != nil || r.search != nil {
			r.path = ptr(str(r.pathname) + str(r.search))
		}
	}
	if str(rel.href) == "" && rel.href != nil {
		return finish()
	}
	if rel.slashes && str(rel.protocol) == "" {
		protocol := r.protocol
		r = rel
		r.protocol = protocol
		if isSlashed(str(protocol)) && str(r.hostname) != "" && str(r.pathname) == "" {
			r.pathname, r.path = ptr("/"), ptr("/")
		}
		return finish()
	}
	if p := str(rel.protocol); p != "" && p != str(r.protocol) {
		if !isSlashed(p) {
			r = rel
			return finish()
		}
		r.protocol = rel.protocol
		if str(rel.host) == "" && strings.TrimSuffix(p, ":") != "file" && !isScript(p) {
			parts := strings.Split(str(rel.pathname), "/")
			rel.host = ptr("")
			for len(parts) > 0 && *rel.host == "" {
				rel.host, parts = ptr(parts[0]), parts[1:]
			}
			if str(rel.hostname) == "" {
				rel.hostname = ptr("")
			}
			if len(parts) == 0 || parts[0] != "" {
				parts = append([]string{""}, parts...)
			}
			if len(parts) < 2 {
				parts = append([]string{""}, parts...)
			}
			r.pathname = ptr(strings.Join(parts, "/"))
		} else {
			r.pathname = rel.pathname
		}
		r.search, r.query, r.auth, r.port = rel.search, rel.query, rel.auth, rel.port
		r.host = ptr(str(rel.host))
		if r.hostname = rel.hostname; str(r.hostname) == "" {
			r.hostname = rel.host
		}
		if str(r.pathname) != "" || str(r.search) != "" {
			r.path = ptr(str(r.pathname) + str(r.search))
		}
		r.slashes = r.slashes || rel.slashes
		return finish()
	}

	sourceAbs := strings.HasPrefix(str(r.pathname), "/")
	relAbs := str(rel.host) != "" || strings.HasPrefix(str(rel.pathname), "/")
	mustEndAbs := relAbs || sourceAbs || str(r.host) != "" && str(rel.pathname) != ""
	removeAllDots := mustEndAbs
	split := func(p *string) []string {
		if str(p) == "" {
			return nil
		}
		return strings.Split(*p, "/")
	}
	path, relPath := split(r.pathname), split(rel.pathname)
	noSlashes := str(r.protocol) != "" && !isSlashed(*r.protocol)
	hostFirst := func(list []string, host string) []string {
		if len(list) > 0 && list[0] == "" {
			list[0] = host
			return list
		}
		return append([]string{host}, list...)
	}
	if noSlashes {
		// The host takes part in "../.." like a directory.
		r.hostname, r.port = ptr(""), nil
		if h := str(r.host); h != "" {
			path = hostFirst(path, h)
		}
		r.host = ptr("")
		if str(rel.protocol) != "" {
			rel.hostname, rel.port, r.auth = nil, nil, nil
			if h := str(rel.host); h != "" {
				relPath = hostFirst(relPath, h)
			}
			rel.host = nil
		}
		mustEndAbs = mustEndAbs && (len(relPath) > 0 && relPath[0] == "" || len(path) > 0 && path[0] == "")
	}
	authFromHost := func() {
		// In "mailto:a@b" the user is part of what was taken for the host.
		if user, host, ok := strings.Cut(str(r.host), "@"); ok && user != "" {
			host, _, _ = strings.Cut(host, "@")
			r.auth, r.host, r.hostname = ptr(user), ptr(host), ptr(host)
		}
	}
	shift := func() *string {
		if len(path) == 0 {
			return nil
		}
		first := path[0]
		path = path[1:]
		return ptr(first)
	}
	switch {
	case relAbs:
		if rel.host != nil {
			if str(r.host) != *rel.host || r.host == nil {
				r.auth = nil
			}
			r.host, r.port = rel.host, rel.port
		}
		if rel.hostname != nil {
			if str(r.hostname) != *rel.hostname || r.hostname == nil {
				r.auth = nil
			}
			r.hostname = rel.hostname
		}
		r.search, r.query = rel.search, rel.query
		path = relPath
	case len(relPath) > 0:
		if len(path) > 0 {
			path = path[:len(path)-1]
		}
		path = append(path[:len(path):len(path)], relPath...)
		r.search, r.query = rel.search, rel.query
	case rel.search != nil:
		if noSlashes {
			h := shift()
			r.host, r.hostname = h, h
			authFromHost()
		}
		r.search, r.query = rel.search, rel.query
		setPath()
		return finish()
	}
	if len(path) == 0 {
		r.pathname, r.path = nil, nil
		if s := str(r.search); s != "" {
			r.path = ptr("/" + s)
		}
		return finish()
	}
	last := path[len(path)-1]
	trailing := (str(r.host) != "" || str(rel.host) != "" || len(path) > 1) && (last == "." || last == "..") || last == ""
	up, kept := 0, len(path)
	for i := len(path) - 1; i >= 0; i-- {
		drop := true
		switch {
		case path[i] == ".":
		case path[i] == "..":
			up++
		case up > 0:
			up--
		default:
			drop = false
		}
		if !drop {
			kept--
			path[kept] = path[i]
		}
	}
	path = path[kept:]
	unshift := func(s string) { path = append([]string{s}, path...) }
	if !mustEndAbs && !removeAllDots {
		path = append(slices.Repeat([]string{".."}, up), path...)
	}
	if mustEndAbs && (len(path) == 0 || path[0] != "" && path[0][0] != '/') {
		unshift("")
	}
	if n := len(path); trailing && (n == 0 || path[n-1] != "" || n == 1) {
		path = append(path, "")
	}
	absolute := len(path) > 0 && (path[0] == "" || path[0][0] == '/')
	if noSlashes {
		h := ptr("")
		if !absolute && len(path) > 0 {
			h = shift()
		}
		r.host, r.hostname = h, h
		authFromHost()
	}
	mustEndAbs = mustEndAbs || str(r.host) != "" && len(path) > 0
	if mustEndAbs && !absolute {
		unshift("")
	}
	if len(path) == 0 {
		r.pathname, r.path = nil, nil
	} else {
		r.pathname = ptr(strings.Join(path, "/"))
	}
	setPath()
	if str(rel.auth) != "" {
		r.auth = rel.auth
	}
	r.slashes = r.slashes || rel.slashes
	return finish()
}
