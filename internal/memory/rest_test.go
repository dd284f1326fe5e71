package memory

import (
	goruntime "runtime"
	"testing"
)

var burst []byte

// Memory is given back once after each burst, and not while a process is busy.
func TestRest(t *testing.T) {
	var r Rest
	collections := func() uint32 {
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return m.NumForcedGC
	}
	busy := func() { burst = make([]byte, 2*worthwhile) }
	before := collections()
	for range 3 * quietLooks {
		busy()
		if r.Look().Used == 0 {
			t.Fatal("no heap")
		}
	}
	if n := collections(); n != before {
		t.Fatalf("%d collections while busy", n-before)
	}
	for range 2 {
		busy()
		for i := 0; collections() == before; i++ {
			if i == 1_000_000 {
				t.Fatal("no memory was given back")
			}
			r.Look()
			goruntime.Gosched()
		}
		before++
		for range 3 * quietLooks {
			r.Look()
		}
		if n := collections(); n != before {
			t.Fatalf("%d collections more while nothing happened", n-before)
		}
	}
}
