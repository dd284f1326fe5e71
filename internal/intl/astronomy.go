package intl

import "math"

// The moon's and the sun's places as in Jean Meeus, Astronomical Algorithms, chapters 25 and 49, which calendars that watch the sky need.
// They are right to a minute or so for some centuries around ours.

const meanMonth = 29.530588861

func sinDegrees(x float64) float64 { return math.Sin(math.Mod(x, 360) * math.Pi / 180) }

// clockDrift is how far the time of ephemerides is ahead of the time of day, in days.
func clockDrift(julian float64) float64 {
	known := [...]struct{ year, seconds float64 }{{1800, 14}, {1850, 7}, {1900, -3}, {1920, 21}, {1940, 24}, {1960, 33}, {1980, 50}, {2000, 64}, {2020, 70}, {2050, 93}, {2100, 203}}
	year := 2000 + (julian-2451545)/365.25
	if year < known[0].year || year > known[len(known)-1].year {
		u := (year - 1820) / 100
		return (-20 + 32*u*u) / 86400
	}
	i := 1
	for known[i].year < year {
		i++
	}
	a, b := known[i-1], known[i]
	return (a.seconds + (b.seconds-a.seconds)*(year-a.year)/(b.year-a.year)) / 86400
}

// newMoon is the moment of a new moon, counted from the first of the year 2000, as a Julian day.
func newMoon(k int64) float64 {
	n := float64(k)
	t := n / 1236.85
	e := 1 - 0.002516*t - 0.0000074*t*t
	m := 2.5534 + 29.10535670*n - 0.0000014*t*t
	l := 201.5643 + 385.81693528*n + 0.0107582*t*t + 0.00001238*t*t*t
	f := 160.7108 + 390.67050284*n - 0.0016118*t*t - 0.00000227*t*t*t
	o := 124.7746 - 1.56375588*n + 0.0020672*t*t
	day := 2451550.09766 + meanMonth*n + 0.00015437*t*t - 0.000000150*t*t*t
	for _, x := range [...]struct{ size, angle float64 }{
		{-0.40720, l}, {0.17241 * e, m}, {0.01608, 2 * l}, {0.01039, 2 * f}, {0.00739 * e, l - m}, {-0.00514 * e, l + m}, {0.00208 * e * e, 2 * m},
		{-0.00111, l - 2*f}, {-0.00057, l + 2*f}, {0.00056 * e, 2*l + m}, {-0.00042, 3 * l}, {0.00042 * e, m + 2*f}, {0.00038 * e, m - 2*f},
		{-0.00024 * e, 2*l - m}, {-0.00017, o}, {-0.00007, l + 2*m}, {0.00004, 2*l - 2*f}, {0.00004, 3 * m}, {0.00003, l + m - 2*f},
		{0.00003, 2*l + 2*f}, {-0.00003, l + m + 2*f}, {0.00003, l - m + 2*f}, {-0.00002, l - m - 2*f}, {-0.00002, 3*l + m}, {0.00002, 4 * l},
		{0.000325, 299.77 + 0.107408*n - 0.009173*t*t}, {0.000165, 251.88 + 0.016321*n}, {0.000164, 251.83 + 26.651886*n},
		{0.000126, 349.42 + 36.412478*n}, {0.000110, 84.66 + 18.206239*n}, {0.000062, 141.74 + 53.303771*n}, {0.000060, 207.14 + 2.453732*n},
		{0.000056, 154.84 + 7.306860*n}, {0.000047, 34.52 + 27.261239*n}, {0.000042, 207.19 + 0.121824*n}, {0.000040, 291.34 + 1.844379*n},
		{0.000037, 161.72 + 24.198154*n}, {0.000035, 239.56 + 25.513099*n}, {0.000023, 331.55 + 3.592518*n},
	} {
		day += x.size * sinDegrees(x.angle)
	}
	return day - clockDrift(day)
}

// sunLongitude is where the sun is at a Julian day, in degrees from where spring begins.
func sunLongitude(julian float64) float64 {
	t := (julian + clockDrift(julian) - 2451545) / 36525
	m := 357.52911 + 35999.05029*t - 0.0001537*t*t
	c := (1.914602-0.004817*t)*sinDegrees(m) + (0.019993-0.000101*t)*sinDegrees(2*m) + 0.000289*sinDegrees(3*m)
	l := math.Mod(280.46646+36000.76983*t+0.0003032*t*t+c-0.00569-0.00478*sinDegrees(125.04-1934.136*t), 360)
	if l < 0 {
		l += 360
	}
	return l
}

// sky is how a place counts days: by its offset from Greenwich, in days.
type sky struct{ offset float64 }

// dayOf is the day since 1970 that a moment belongs to.
func (s sky) dayOf(julian float64) int64 { return int64(math.Floor(julian - 2440587.5 + s.offset)) }

// start is the moment when a day begins.
func (s sky) start(day int64) float64 { return float64(day) + 2440587.5 - s.offset }

// moon is the first new moon whose day is not before a day, and that day.
func (s sky) moon(day int64) (k, at int64) {
	k = int64(math.Floor((float64(day)-10962)/meanMonth)) - 1
	for at = s.dayOf(newMoon(k)); at < day; at = s.dayOf(newMoon(k)) {
		k++
	}
	return k, at
}

// moonBefore is the day of the last new moon before a day.
func (s sky) moonBefore(day int64) (k, at int64) {
	k, _ = s.moon(day)
	return k - 1, s.dayOf(newMoon(k - 1))
}

// winterSolstice is the day in December on which the sun turns.
func (s sky) winterSolstice(year int64) int64 {
	at := float64(daysOf(year, 12, 21)) + 2440587.5
	for range 6 {
		off := sunLongitude(at) - 270
		at -= off / 0.985647
	}
	return s.dayOf(at)
}

// term is the twelfth of the year's way that the sun is on when a day begins: 11 ends with the winter solstice.
func (s sky) term(day int64) int {
	return int(math.Floor(sunLongitude(s.start(day))/30)+2)%12 + 1
}
