package http1

import "strings"

// Cookie gives the value of a cookie in the value of a field Cookie (RFC 6265, 4.2): the first of that name.
func Cookie(field, name string) (value string, ok bool) {
	for pair := range strings.SplitSeq(field, ";") {
		if n, v, found := strings.Cut(strings.Trim(pair, " \t"), "="); found && n == name {
			return strings.Trim(v, `"`), true
		}
	}
	return "", false
}
