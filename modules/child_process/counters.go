package child_process

import (
	"os"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// counters are what child_process.counters shows of a runtime.
type counters struct {
	children int
	channels map[*channel]struct{}
}

type countersKey struct{}

func countersOf(rt *runtime.Runtime) *counters {
	c, ok := rt.Value(countersKey{}).(*counters)
	if !ok {
		c = &counters{channels: map[*channel]struct{}{}}
		rt.SetValue(countersKey{}, c)
	}
	return c
}

// show makes { children, descriptors, queuedBytes }: the children that run, the descriptors that this process has open,
// and the bytes of messages that wait for their readers.
func (c *counters) show(rt *runtime.Runtime) *goja.Object {
	queued := 0
	for channel := range c.channels {
		queued += channel.out.size()
	}
	descriptors := 0
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if entries, err := os.ReadDir(dir); err == nil {
			descriptors = len(entries) - 1 // without that of the reading
			break
		}
	}
	o := rt.VM().NewObject()
	o.Set("children", c.children)
	o.Set("descriptors", descriptors)
	o.Set("queuedBytes", queued)
	return o
}
