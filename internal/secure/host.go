package secure

import "strings"

// MatchHost tells whether a name of a certificate, of which the first label may have a wildcard, stands for a host.
func MatchHost(host, pattern string) bool {
	host, pattern = strings.TrimSuffix(strings.ToLower(host), "."), strings.TrimSuffix(strings.ToLower(pattern), ".")
	if pattern == "" {
		return false
	}
	hosts, patterns := strings.Split(host, "."), strings.Split(pattern, ".")
	if len(hosts) != len(patterns) {
		return false
	}
	for _, p := range patterns {
		// Non-ASCII and control characters are no names, and would get past what reads only some of them.
		if p == "" || strings.IndexFunc(p, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
			return false
		}
	}
	for i := 1; i < len(hosts); i++ {
		if hosts[i] != patterns[i] {
			return false
		}
	}
	before, after, wild := strings.Cut(patterns[0], "*")
	switch {
	case !wild || strings.Contains(patterns[0], "xn--"):
		return hosts[0] == patterns[0]
	case strings.Contains(after, "*"), len(patterns) <= 2:
		return false
	}
	return len(hosts[0]) >= len(before)+len(after) && strings.HasPrefix(hosts[0], before) && strings.HasSuffix(hosts[0], after)
}
