package loop

import (
	"fmt"
	"slices"
	"strings"

	"gonode/internal/sys"
)

// Activity is a handle that is active, for reports.
type Activity struct {
	Kind               string // that of Loop.NewHandle, or "Timeout" for the timer that is due next
	Address            string // tells handles apart, "0x…"
	Referenced         bool
	FD                 int // -1 where it has none
	Readable, Writable bool
	Due                int64    // milliseconds until a timer fires
	Made               []string // where it was made, if OnHandle's function tells
}

// Activities lists what is active, handles by the order of their descriptors, then the others. Loop goroutine only.
func (l *Loop) Activities() (list []Activity) {
	seen := map[*Handle]bool{}
	about := func(h *Handle, fd int) *Activity {
		seen[h] = true
		list = append(list, Activity{Kind: h.kind, Address: address(h), Referenced: !h.unref, FD: fd, Made: h.made})
		return &list[len(list)-1]
	}
	for _, io := range l.ios {
		if h := io.owner; h != nil && h.Active() {
			a := about(h, io.fd)
			stream := !strings.Contains(h.kind, "Server") // what listens is neither
			a.Readable, a.Writable = stream && io.interest&sys.Readable != 0, stream
		}
	}
	slices.SortFunc(list, func(a, b Activity) int { return a.FD - b.FD })
	for h := l.holding; h != nil; h = h.next {
		if !seen[h] {
			about(h, -1)
		}
	}
	if len(l.timers) > 0 {
		t := l.timers[0]
		referenced := slices.ContainsFunc(l.timers, func(t *Timer) bool { return !t.unref })
		list = append(list, Activity{Kind: "Timeout", Address: address(t), Referenced: referenced, FD: -1, Due: t.when - l.now})
	}
	return list
}

func address(p any) string { return fmt.Sprintf("0x%016s", fmt.Sprintf("%p", p)[2:]) }
