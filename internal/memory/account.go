package memory

import (
	"bufio"
	"io"
	"math"
	goruntime "runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// Account is the memory of one runtime: what lives of all that was allocated on its goroutines. Go does not count by
// goroutine, but its heap profile tells, by sampling, how much lives of what each call stack has allocated. So all that a
// runtime does is called through functions whose names in the stack spell the account's number. With one sample for every
// 64 KB the figure is right within a tenth for limits of some megabytes, and better for larger ones.
type Account struct {
	number   uint
	limit    uint64
	exceeded func()
	live     uint64 // at the last look
	over     bool
}

// lookAt is when accounts are looked at again: once the process has allocated what the fullest lacks to its limit, and not all
// the time.
var lookAt struct {
	allocated uint64
	time      time.Time
	size      uint64 // of the heap, at which it cannot wait
}

const (
	sampleRate = 64 << 10
	digits     = 8 // of an account's number in base 4
)

// Open makes exceeded be called, once and on a goroutine of its own, when more than limit bytes live of what Do's functions
// have allocated.
func Open(limit uint64, exceeded func()) *Account {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	if goruntime.MemProfileRate == 0 || goruntime.MemProfileRate > sampleRate {
		goruntime.MemProfileRate = sampleRate
	}
	heap.last++
	a := &Account{number: heap.last % (1 << (2 * digits)), limit: limit, exceeded: exceeded}
	heap.accounts = append(heap.accounts, a)
	lookAt.allocated, lookAt.time = 0, time.Time{}
	watch()
	return a
}

// Close ends the account.
func (a *Account) Close() {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	for i, b := range heap.accounts {
		if a == b {
			heap.accounts = append(heap.accounts[:i:i], heap.accounts[i+1:]...)
			return
		}
	}
}

// Live is how many bytes lived at the last look.
func (a *Account) Live() uint64 {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	return a.live
}

// Do calls f, whose allocations count for the account. A nil account just calls f.
func (a *Account) Do(f func()) {
	if a == nil {
		f()
		return
	}
	spell(a.number, digits, f)
}

func spell(number uint, left int, f func()) {
	if left == 0 {
		f()
		return
	}
	switch number & 3 {
	case 0:
		digit0(number>>2, left-1, f)
	case 1:
		digit1(number>>2, left-1, f)
	case 2:
		digit2(number>>2, left-1, f)
	case 3:
		digit3(number>>2, left-1, f)
	}
}

//go:noinline
func digit0(number uint, left int, f func()) { spell(number, left, f) }

//go:noinline
func digit1(number uint, left int, f func()) { spell(number, left, f) }

//go:noinline
func digit2(number uint, left int, f func()) { spell(number, left, f) }

//go:noinline
func digit3(number uint, left int, f func()) { spell(number, left, f) }

// look compares the accounts with their limits, where the heap is large enough for one to be beyond. heap is locked.
func look(s *goruntime.MemStats) {
	smallest := uint64(math.MaxUint64)
	for _, a := range heap.accounts {
		smallest = min(smallest, a.limit)
	}
	began := time.Now()
	if s.HeapAlloc <= smallest || s.TotalAlloc < lookAt.allocated || began.Before(lookAt.time) && s.HeapAlloc < lookAt.size {
		return
	}
	before := profile()
	suspected := false
	for _, a := range heap.accounts {
		a.live = before[a.number].live
		suspected = suspected || a.live > a.limit && !a.over
	}
	if suspected {
		// What was allocated while the collector ran counts as living: only a second collection tells what lasts.
		after := profile()
		for _, a := range heap.accounts {
			u := after[a.number]
			a.live = u.live - min(u.live, u.allocated-before[a.number].allocated)
		}
	}
	lack := uint64(math.MaxUint64)
	for _, a := range heap.accounts {
		if a.live > a.limit && !a.over {
			a.over = true
			go a.exceeded()
		}
		lack = min(lack, max(a.limit-min(a.limit, a.live), a.limit/16))
	}
	lookAt.allocated = s.TotalAlloc + lack
	lookAt.time = time.Now().Add(8 * time.Since(began))
	lookAt.size = s.HeapAlloc + s.HeapAlloc/2
}

// usage is what the heap profile says of an account, in bytes.
type usage struct{ live, allocated uint64 }

// profile collects and gives the usage by the number of the account, as of the end of that collection.
func profile() map[uint]usage {
	goruntime.GC()
	r, w := io.Pipe()
	go func() {
		pprof.Lookup("heap").WriteTo(w, 1)
		w.Close()
	}()
	return readProfile(r, float64(goruntime.MemProfileRate))
}

// readProfile reads a heap profile as text.
func readProfile(r io.Reader, rate float64) map[uint]usage {
	used := map[uint]usage{}
	digitOf := map[string]int{} // by address
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		// "objects: bytes [objects: bytes] @ 0x123 0x456 …", those that live and all, with the stack from the innermost frame on.
		figures, stack, ok := strings.Cut(lines.Text(), " @ 0x")
		f := strings.FieldsFunc(figures, func(c rune) bool { return c < '0' || c > '9' })
		if !ok || len(f) != 4 || strings.HasPrefix(figures, "heap profile:") {
			continue
		}
		number, found := uint(0), 0
		for _, pc := range strings.Split(stack, " 0x") {
			d, known := digitOf[pc]
			if !known {
				d = digitAt(pc)
				digitOf[pc] = d
			}
			if d >= 0 {
				number = number<<2 | uint(d)
				if found++; found == digits {
					u := used[number]
					u.live += whole(f[0], f[1], rate)
					u.allocated += whole(f[2], f[3], rate)
					used[number] = u
					break
				}
			}
		}
	}
	return used
}

// whole is how many bytes the samples stand for: small objects are rarely taken.
func whole(count, bytes string, rate float64) uint64 {
	n, _ := strconv.ParseFloat(count, 64)
	size, _ := strconv.ParseFloat(bytes, 64)
	if n == 0 {
		return 0
	}
	return uint64(size / (1 - math.Exp(-size/n/rate)))
}

// digitAt is the digit that a frame stands for, -1 for none.
func digitAt(pc string) int {
	address, err := strconv.ParseUint(pc, 16, 64)
	if err != nil {
		return -1
	}
	if f := goruntime.FuncForPC(uintptr(address)); f != nil {
		if rest, ok := strings.CutPrefix(f.Name(), "gonode/internal/memory.digit"); ok {
			return int(rest[0] - '0')
		}
	}
	return -1
}
