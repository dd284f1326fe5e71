package cli

import (
	"strconv"
	"strings"
)

// inspectAt reads where --inspect and its like want the server for debuggers: a port, a host, or both.
func (c *command) inspectAt(text string) {
	o := &c.options.Inspect
	if text == "" {
		return
	}
	host, port := "", text
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, port = text[:i], text[i+1:]
	} else if strings.Trim(text, "0123456789") != "" {
		host, port = text, ""
	}
	if host != "" {
		o.Host = strings.Trim(host, "[]")
	}
	if port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n != 0 && n < 1024 || n > 65535 {
			c.problem("must be 0 or in range 1024 to 65535.")
			return
		}
		o.Port, o.PortGiven = n, true
	}
}
