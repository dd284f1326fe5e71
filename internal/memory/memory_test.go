package memory

import (
	goruntime "runtime"
	"strings"
	"testing"
	"time"
)

var kept [][]byte

//go:noinline
func allocate(n int, keep bool) {
	for range n {
		b := make([]byte, 16<<10)
		if keep {
			kept = append(kept, b)
		}
	}
}

// What one of two busy accounts keeps is not the other's, nor what the program keeps the account's.
func TestAccounts(t *testing.T) {
	over := make(chan string, 2)
	frugal := Open(24<<20, func() { over <- "frugal" })
	greedy := Open(24<<20, func() { over <- "greedy" })
	defer greedy.Close()
	defer frugal.Close()
	defer func() { kept = nil }()
	allocate(4000, true)
	done := make(chan bool)
	go frugal.Do(func() {
		for {
			select {
			case <-done:
				done <- true
				return
			default:
				allocate(1000, false)
			}
		}
	})
	var name string
	greedy.Do(func() {
		for name == "" {
			allocate(50, true)
			select {
			case name = <-over:
			case <-time.After(time.Millisecond):
			}
		}
	})
	done <- true
	<-done
	if name != "greedy" {
		t.Errorf("%s was beyond its limit, want greedy", name)
	}
	if live := greedy.Live(); live < 24<<20 || live > 200<<20 {
		t.Errorf("the greedy account had %d bytes", live)
	}
	if live := frugal.Live(); live > 12<<20 {
		t.Errorf("the frugal account had %d bytes", live)
	}
}

func TestAccountsAreSpelled(t *testing.T) {
	for _, number := range []uint{0, 1, 3, 0x1234, 0xffff} {
		a := &Account{number: number}
		var pcs [64]uintptr
		n := 0
		a.Do(func() { n = goruntime.Callers(0, pcs[:]) })
		var line strings.Builder
		line.WriteString("1: 1048576 [2: 4194304] @")
		for _, pc := range pcs[:n] {
			line.WriteString(" 0x" + hex(uint64(pc)))
		}
		used := readProfile(strings.NewReader("heap profile: 1: 2 [3: 4] @ 0x1\n"+line.String()+"\n#\t0x1\n"), 1)
		if want := (usage{1048576, 4194304}); used[number] != want || len(used) != 1 {
			t.Errorf("%#x: got %v", number, used)
		}
	}
}

func hex(n uint64) string {
	if n < 16 {
		return "0123456789abcdef"[n : n+1]
	}
	return hex(n/16) + hex(n%16)
}

func TestRoom(t *testing.T) {
	for n, want := range map[int64]bool{0: true, 1 << 20: true, 20 << 20: true, 1 << 50: false} {
		if got := Room(n); got != want {
			t.Errorf("Room(%d) = %v", n, got)
		}
	}
}

// A small heap may grow sixfold; of a large one no more than what lives and largeGarbage may be garbage.
func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{1: smallGrowth, smallHeap: growth, 32 << 20: growth, 64 << 20: 200, 128 << 20: 150, 400 << 20: 100, 1 << 40: 100} {
		if got := growthFor(live); got != want {
			t.Errorf("%d MB may grow by %d %%, not %d", live>>20, got, want)
		}
		if garbage := live * uint64(growthFor(live)) / 100; live >= 32<<20 && garbage > live+largeGarbage {
			t.Errorf("of %d MB %d MB may be garbage", live>>20, garbage>>20)
		}
	}
}
