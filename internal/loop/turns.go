package loop

import (
	"math"
	"time"
)

// Turns says how long the loop's turns took: what came meanwhile has waited at most that long. Loop goroutine only.
type Turns struct {
	from        time.Duration // when the present one began; 0 while the loop waits
	since       time.Duration // of now
	now, before window
}

// window is a distribution of times: how many there were in each quarter of a power of two, from a microsecond on.
type window struct {
	n         int64
	min, max  float64 // seconds
	sum, sum2 float64
	quarters  [4 * 28]int64
}

// Delays describe a distribution, in seconds.
type Delays struct {
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Mean   float64 `json:"mean"`
	StdDev float64 `json:"stddev"`
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
}

// turnsWindow is how much of the past Delays are of at least, and half of what at most.
const turnsWindow = 10 * time.Second

// Measure has the loop note how long its turns take from now on.
func (l *Loop) Measure() *Turns {
	if l.turns == nil {
		l.turns = &Turns{from: time.Since(l.start), since: time.Since(l.start)}
	}
	return l.turns
}

// end notes a turn that ends now.
func (t *Turns) end(now time.Duration) {
	if t.from == 0 {
		return
	}
	t.now.add((now - t.from).Seconds())
	t.from = 0
	if now-t.since >= turnsWindow {
		t.before, t.now, t.since = t.now, window{}, now
	}
}

func (w *window) add(seconds float64) {
	if w.n == 0 || seconds < w.min {
		w.min = seconds
	}
	w.n++
	w.max = max(w.max, seconds)
	w.sum += seconds
	w.sum2 += seconds * seconds
	w.quarters[min(max(int(4*math.Log2(seconds*1e6)), 0), len(w.quarters)-1)]++
}

// Delays describes the turns of the last ten to twenty seconds.
func (t *Turns) Delays() (d Delays) {
	all := t.now
	if b := &t.before; b.n > 0 {
		if all.n == 0 || b.min < all.min {
			all.min = b.min
		}
		all.max = max(all.max, b.max)
		all.n, all.sum, all.sum2 = all.n+b.n, all.sum+b.sum, all.sum2+b.sum2
		for i, n := range b.quarters {
			all.quarters[i] += n
		}
	}
	if all.n == 0 {
		return d
	}
	n := float64(all.n)
	d.Min, d.Max, d.Mean = all.min, all.max, all.sum/n
	d.StdDev = math.Sqrt(max(all.sum2/n-d.Mean*d.Mean, 0))
	for _, q := range []struct {
		at float64
		to *float64
	}{{0.5, &d.P50}, {0.9, &d.P90}, {0.99, &d.P99}} {
		seen := int64(0)
		for i, k := range all.quarters {
			if seen += k; float64(seen) >= q.at*n {
				*q.to = min(max(math.Exp2(float64(i+1)/4)/1e6, all.min), all.max)
				break
			}
		}
	}
	return d
}
