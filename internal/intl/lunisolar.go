package intl

// The Chinese calendar and the Korean one, Dangi, have months that begin with new moons, and a month more in years that have thirteen: the
// first that the sun spends on one of its twelve ways.

// skyOf is how the calendar's place counts days around a day.
func skyOf(calendar string, day int64) sky {
	if calendar == "chinese" {
		return sky{8.0 / 24}
	}
	switch {
	case day < daysOf(1897, 1, 1):
		return sky{8.0 / 24}
	case day < daysOf(1898, 1, 1):
		return sky{7.0 / 24}
	case day < daysOf(1912, 1, 1):
		return sky{8.0 / 24}
	}
	return sky{9.0 / 24}
}

// lunisolar takes a day apart; year, month and day are those of the Gregorian calendar.
func (f *fields) lunisolar(calendar string, days, year int64, month int) {
	s := skyOf(calendar, days)
	solstice := func(y int64) int64 { return skyOf(calendar, daysOf(y, 12, 1)).winterSolstice(y) }
	before, after := solstice(year-1), solstice(year)
	if days >= after {
		before, after = after, solstice(year+1)
	}
	first, _ := s.moon(before + 1)
	last, _ := s.moonBefore(after + 1)
	this, start := s.moonBefore(days + 1)
	leapYear := last-first == 12
	noTerm := func(k int64) bool { return s.term(s.dayOf(newMoon(k))) == s.term(s.dayOf(newMoon(k+1))) }
	n := this - first
	leapBefore := false
	if leapYear {
		for k := this; k >= first && !leapBefore; k-- {
			leapBefore = noTerm(k)
		}
		if leapBefore {
			n--
		}
	}
	if n < 1 {
		n += 12
	}
	f.leapMonth = false
	if leapYear && noTerm(this) {
		f.leapMonth = true
		for k := this - 1; k >= first; k-- {
			f.leapMonth = f.leapMonth && !noTerm(k)
		}
	}
	f.month, f.day = int(n), int(days-start)+1
	f.extended = int(year)
	if n >= 11 && month < 7 {
		f.extended--
	}
	cycle := floorMod(int64(f.extended)-4, 60)
	f.era, f.year = 0, int(cycle)+1
}
