package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// What a soak does: each worker leaks some bytes with each request, so that it meets its memory limit between two reloads.
const (
	leak      = 96 << 10 // bytes
	soakPause = 40       // milliseconds, the mean between two requests of a client
)

var killed, unexplained atomic.Int64 // when a worker was killed last, in Unix nanoseconds; requests that failed at another time

// soak reloads and kills until end and says each minute how the supervisor does.
func soak(supervisor int, command func(string), end <-chan time.Time) (events int) {
	reload, kill, look := time.NewTicker(30*time.Second), time.NewTicker(20*time.Second), time.NewTicker(time.Minute)
	began := time.Now()
	for {
		select {
		case <-end:
			return events
		case <-reload.C:
			command("reload")
			events++
		case <-kill.C:
			command("kill")
			events++
		case <-look.C:
			fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", supervisor))
			fmt.Printf("%5.0f s: supervisor's PSS %d KB, RSS %d KB, %d descriptors; %d served, %d failed, %d of them without a kill, %d refused\n", time.Since(began).Seconds(),
				memory(supervisor, "Pss"), memory(supervisor, "Rss"), len(fds), served.Load(), failed.Load(), unexplained.Load(), refused.Load())
		}
	}
}
