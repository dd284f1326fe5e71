package runtime

import "github.com/dop251/goja"

// ListenHook may answer a listen before module net, or a bind before dgram, opens a socket of its own: a cluster's
// worker asks its primary, an embedding host hands over a listener that it owns. query has the properties address, port,
// addressType (4, 6, -1 for a path, "udp4", "udp6"), fd, flags and backlog. It returns false to decline. Otherwise it
// calls reply once, at once or later, with a negative errno, or with 0 and a handle of module internal/handles or an
// object with its methods. Loop goroutine only.
type ListenHook func(server, query *goja.Object, reply func(errno int, handle goja.Value)) bool
