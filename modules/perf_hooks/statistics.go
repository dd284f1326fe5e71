package perf_hooks

import (
	"math"
	"slices"
)

// What a histogram tells of the values that it has counted, beyond their mean: moments, averages that forget, and comparisons with another
// histogram. A bucket counts as the value in its middle.

// values are the buckets' values in their order, with how many there are of each.
func (h *histogram) values() (list []counted) {
	for _, k := range h.sorted() {
		list = append(list, counted{float64(h.middle(k)), float64(h.counts[k])})
	}
	return list
}

type counted struct{ value, n float64 }

// moment is the mean of a power of the distances from the mean.
func (h *histogram) moment(power int) (sum float64) {
	m := h.mean()
	for _, v := range h.values() {
		if d := v.value - m; power == 2 {
			sum += v.n * d * d
		} else {
			sum += v.n * math.Pow(d, float64(power))
		}
	}
	return sum / float64(h.count)
}

func (h *histogram) skewness() float64 {
	if h.count == 0 || h.least == h.most {
		return 0
	}
	return h.moment(3) / math.Pow(h.moment(2), 1.5)
}

func (h *histogram) kurtosis() float64 {
	if h.count == 0 || h.least == h.most {
		return 0
	}
	m := h.moment(2)
	return h.moment(4)/(m*m) - 3
}

// forgetting is an average in which what was recorded long ago counts less.
type forgetting struct {
	weight, threshold          float64 // of the newest; 0 for none
	mean, variance, errorRatio float64
	begun                      bool
}

func (f *forgetting) record(v float64) {
	if f.weight == 0 {
		return
	}
	over := 0.0
	if f.threshold > 0 && v > f.threshold {
		over = 1
	}
	if !f.begun {
		f.begun, f.mean, f.errorRatio = true, v, over
		return
	}
	d := v - f.mean
	f.mean += f.weight * d
	f.variance = (1 - f.weight) * (f.variance + f.weight*d*d)
	f.errorRatio += f.weight * (over - f.errorRatio)
}

// below is how many values are at most v.
func (h *histogram) below(v float64) (n int64) {
	if v < 0 {
		return 0
	}
	limit := h.lowest(int64(min(v, math.MaxInt64/2)))
	for k, c := range h.counts {
		if k <= limit {
			n += c
		}
	}
	return n
}

func (h *histogram) cdf(v float64) float64 {
	if h.count == 0 {
		return 0
	}
	return float64(h.below(v)) / float64(h.count)
}

// buckets counts anew: next gives the highest value of the bucket behind one.
func (h *histogram) buckets(first float64, next func(float64) float64) (list [][2]float64) {
	level, seen := first, int64(0)
	for _, k := range h.sorted() {
		for float64(k) > level {
			list = append(list, [2]float64{level, 0})
			level = next(level)
		}
		if len(list) == 0 || list[len(list)-1][0] != level {
			list = append(list, [2]float64{level, 0})
		}
		seen += h.counts[k]
		list[len(list)-1][1] += float64(h.counts[k])
		if float64(k) == level && seen < h.count {
			level = next(level)
		}
	}
	return list
}

// interval is a confidence interval of a percentile, by the binomial distribution of the rank.
func (h *histogram) interval(percentile, confidence float64) (lower, upper int64) {
	value := h.percentile(percentile)
	if h.count < 2 {
		return value, value
	}
	p, n, tail := percentile/100, float64(h.count), (1-confidence)/2
	at := func(rank float64) int64 { return h.percentile(min(max(rank, 1), n) / n * 100) }
	return at(binomialQuantile(tail, n, p)), at(binomialQuantile(1-tail, n, p) + 1)
}

// binomialQuantile is the smallest number that is reached with a probability of at least q.
func binomialQuantile(q, n, p float64) float64 {
	if p >= 1 {
		return n
	}
	if n > 1e5 {
		return math.Round(n*p + math.Sqrt2*math.Erfinv(2*q-1)*math.Sqrt(n*p*(1-p)))
	}
	logN, _ := math.Lgamma(n + 1)
	sum := 0.0
	for k := 0.0; k <= n; k++ {
		a, _ := math.Lgamma(k + 1)
		b, _ := math.Lgamma(n - k + 1)
		if sum += math.Exp(logN - a - b + k*math.Log(p) + (n-k)*math.Log1p(-p)); sum >= q {
			return k
		}
	}
	return n
}

// variance is that of a sample.
func (h *histogram) sampleVariance() float64 {
	s := h.stddev()
	return s * s * float64(h.count) / float64(h.count-1)
}

func (h *histogram) kolmogorovSmirnov(other *histogram) (d float64) {
	if h.count == 0 || other.count == 0 {
		return 0
	}
	for _, k := range slices.Concat(h.sorted(), other.sorted()) {
		d = max(d, math.Abs(h.cdf(float64(k))-other.cdf(float64(k))))
	}
	return d
}

func (h *histogram) cohensD(other *histogram) float64 {
	if h.count < 2 || other.count < 2 {
		return 0
	}
	a, b := float64(h.count-1), float64(other.count-1)
	pooled := math.Sqrt((a*h.sampleVariance() + b*other.sampleVariance()) / (a + b))
	if pooled == 0 {
		return 0
	}
	return (h.mean() - other.mean()) / pooled
}

// pairs is how often a value of h is larger than one of the other, and half as often as they are the same: Mann and Whitney's U.
func (h *histogram) pairs(other *histogram) (u float64) {
	for k, n := range h.counts {
		for l, m := range other.counts {
			switch {
			case k > l:
				u += float64(n) * float64(m)
			case k == l:
				u += float64(n) * float64(m) / 2
			}
		}
	}
	return u
}

func (h *histogram) cliffsD(other *histogram) float64 {
	if h.count == 0 || other.count == 0 {
		return 0
	}
	return (h.pairs(other) - other.pairs(h)) / (float64(h.count) * float64(other.count))
}

func (h *histogram) mannWhitney(other *histogram) (u, z, p float64) {
	if h.count == 0 || other.count == 0 || h == other {
		return 0, 0, 1
	}
	u = h.pairs(other)
	a, b := float64(h.count), float64(other.count)
	n, ties := a+b, 0.0
	together := map[int64]float64{}
	for k, c := range h.counts {
		together[k] += float64(c)
	}
	for k, c := range other.counts {
		together[k] += float64(c)
	}
	for _, t := range together {
		ties += t*t*t - t
	}
	deviation := math.Sqrt(a * b / 12 * (n + 1 - ties/(n*(n-1))))
	if deviation == 0 || math.IsNaN(deviation) {
		return u, 0, 1
	}
	z = (u - a*b/2) / deviation
	return u, z, math.Erfc(math.Abs(z) / math.Sqrt2)
}

// welch is Welch's t-test, with a confidence interval of the difference of the means.
func (h *histogram) welch(other *histogram, confidence float64) (t, freedom, p, lower, upper float64) {
	if h.count < 2 || other.count < 2 || h == other {
		return 0, 0, 1, 0, 0
	}
	a, b := float64(h.count), float64(other.count)
	x, y := h.sampleVariance()/a, other.sampleVariance()/b
	difference, deviation := h.mean()-other.mean(), math.Sqrt(x+y)
	if deviation == 0 {
		return 0, 0, 1, difference, difference
	}
	t = difference / deviation
	freedom = (x + y) * (x + y) / (x*x/(a-1) + y*y/(b-1))
	half := studentQuantile(1-confidence, freedom) * deviation
	return t, freedom, studentTails(t, freedom), difference - half, difference + half
}

// studentTails is the probability of a t that is at least as far from 0.
func studentTails(t, freedom float64) float64 {
	return incompleteBeta(freedom/2, 0.5, freedom/(freedom+t*t))
}

// studentQuantile is the t whose tails have that probability.
func studentQuantile(tails, freedom float64) float64 {
	low, high := 0.0, 1.0
	for studentTails(high, freedom) > tails && high < 1e9 {
		high *= 2
	}
	for range 200 {
		if mid := (low + high) / 2; studentTails(mid, freedom) > tails {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// incompleteBeta is the regularized incomplete beta function, by its continued fraction (Lentz).
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - incompleteBeta(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	f, c, d := 1.0, 1.0, 0.0
	for i := 0; i <= 500; i++ {
		m := float64(i / 2)
		var step float64
		switch {
		case i == 0:
			step = 1
		case i%2 == 0:
			step = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			step = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		if d = 1 + step*d; math.Abs(d) < tiny {
			d = tiny
		}
		d = 1 / d
		if c = 1 + step/c; math.Abs(c) < tiny {
			c = tiny
		}
		f *= c * d
		if math.Abs(1-c*d) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}
