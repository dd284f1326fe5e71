package loop

import (
	"math"
	"testing"
	"time"
)

// Percentiles are right within a quarter of a power of two; what is older than two windows is forgotten.
func TestTurns(t *testing.T) {
	turns := &Turns{}
	at := time.Millisecond
	turn := func(took time.Duration) {
		turns.from = at
		at += took
		turns.end(at)
		at += time.Microsecond
	}
	if d := turns.Delays(); d != (Delays{}) {
		t.Errorf("without turns: %+v", d)
	}
	for i := range 100 {
		turn(time.Duration(i+1) * time.Millisecond)
	}
	d := turns.Delays()
	near := func(got, want float64) bool { return math.Abs(got-want) <= want*0.2 }
	if d.Min != 0.001 || d.Max != 0.1 || !near(d.Mean, 0.0505) || !near(d.P50, 0.05) || !near(d.P90, 0.09) || !near(d.P99, 0.1) || !near(d.StdDev, 0.029) {
		t.Errorf("%+v", d)
	}
	for range 2 {
		at += turnsWindow
		turn(2 * time.Millisecond)
	}
	if d := turns.Delays(); d.Max > 0.01 {
		t.Errorf("the past stays: %+v", d)
	}
	turn(0) // shorter than all buckets
	turns.end(at)
}
