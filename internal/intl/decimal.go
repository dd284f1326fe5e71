package intl

import (
	"math"
	"strconv"
	"strings"
)

// Decimal is a number as it is written: exact, with as many digits as it needs, or an infinity or none.
type Decimal struct {
	Negative bool
	Infinite bool
	NaN      bool
	digits   string // without zeros at either end; empty for zero
	exponent int    // the value is 0.digits times ten to this power
}

// Float is the shortest decimal that reads as f.
func Float(f float64) Decimal {
	switch {
	case f != f:
		return Decimal{NaN: true}
	case math.IsInf(f, 0):
		return Decimal{Infinite: true, Negative: f < 0}
	}
	d, _ := ParseDecimal(strconv.FormatFloat(f, 'e', -1, 64))
	d.Negative = math.Signbit(f)
	return d
}

// ParseDecimal reads digits with an optional sign, point and exponent.
func ParseDecimal(s string) (Decimal, bool) {
	var d Decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.Negative = s[0] == '-'
		s = s[1:]
	}
	if s == "Infinity" {
		d.Infinite = true
		return d, true
	}
	mantissa, power := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil {
			if !digits(strings.TrimLeft(s[i+1:], "+-")) || len(s) == i+1 {
				return d, false
			}
			n = math.MaxInt32
			if s[i+1] == '-' {
				n = -n
			}
		}
		mantissa, power = s[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !digits(whole) || !digits(fraction) {
		return d, false
	}
	d.digits, d.exponent = whole+fraction, len(whole)+power
	d.trim()
	// What is beyond all that other implementations write is as good as infinite, or nothing.
	if d.digits != "" && d.exponent > 100_000 {
		return Decimal{Negative: d.Negative, Infinite: true}, true
	}
	if d.exponent < -100_000 {
		d.digits, d.exponent = "", 0
	}
	return d, true
}

// trim takes zeros from both ends.
func (d *Decimal) trim() {
	s := strings.TrimLeft(d.digits, "0")
	d.exponent -= len(d.digits) - len(s)
	d.digits = strings.TrimRight(s, "0")
	if d.digits == "" {
		d.exponent = 0
	}
}

// IsZero tells whether it is 0 or -0.
func (d Decimal) IsZero() bool { return d.digits == "" && !d.Infinite && !d.NaN }

func (d Decimal) finite() bool { return !d.Infinite && !d.NaN }

// magnitude is the power of ten of the first digit.
func (d Decimal) magnitude() int { return d.exponent - 1 }

// shifted is d times a power of ten.
func (d Decimal) shifted(n int) Decimal {
	if d.digits != "" {
		d.exponent += n
	}
	return d
}

// Compare is -1, 0 or 1; neither may be NaN.
func (d Decimal) Compare(o Decimal) int {
	sign := func(d Decimal) int {
		switch {
		case d.IsZero():
			return 0
		case d.Negative:
			return -1
		}
		return 1
	}
	a, b := sign(d), sign(o)
	if a != b || a == 0 {
		return max(-1, min(1, a-b))
	}
	switch {
	case d.Infinite && o.Infinite:
		return 0
	case d.Infinite:
		return a
	case o.Infinite:
		return -a
	case d.exponent != o.exponent:
		if d.exponent > o.exponent {
			return a
		}
		return -a
	}
	return a * strings.Compare(d.digits, o.digits)
}

// round keeps the digits down to ten to the power at, in steps of increment of these.
func (d Decimal) round(at, increment int, mode string) Decimal {
	if !d.finite() || d.digits == "" {
		return d
	}
	keep := d.exponent - at // digits that stay
	if increment <= 1 {
		if keep >= len(d.digits) {
			return d
		}
		kept, rest := "", d.digits
		if keep > 0 {
			kept, rest = d.digits[:keep], d.digits[keep:]
		} else {
			rest = strings.Repeat("0", -keep) + rest
		}
		half := strings.Compare(rest, "5")
		even := kept == "" || (kept[len(kept)-1]-'0')%2 == 0
		r := Decimal{Negative: d.Negative, digits: kept, exponent: d.exponent}
		if roundsUp(mode, d.Negative, half, even) {
			r.digits = addOne(kept, keep)
			if keep <= 0 {
				r.exponent = at + 1
			} else if len(r.digits) > keep {
				r.exponent++
			}
		}
		r.trim()
		return r
	}
	// Digits as a whole number of units, and what is beyond them.
	units, rest := "0", ""
	if keep > 0 {
		padded := d.digits
		if len(padded) < keep {
			padded += strings.Repeat("0", keep-len(padded))
		}
		units, rest = padded[:keep], strings.TrimRight(padded[keep:], "0")
	} else {
		rest = strings.Repeat("0", -keep) + d.digits
	}
	// Long division by the increment.
	quotient, remainder := make([]byte, 0, len(units)), 0
	for i := range len(units) {
		remainder = remainder*10 + int(units[i]-'0')
		quotient = append(quotient, byte('0'+remainder/increment))
		remainder %= increment
	}
	if remainder == 0 && rest == "" {
		return d
	}
	half := 2*remainder - increment
	if half == 0 && rest != "" {
		half = 1
	} else if half == -1 && rest != "" {
		half = strings.Compare(rest, "5")
	}
	even := (quotient[len(quotient)-1]-'0')%2 == 0
	q := string(quotient)
	if roundsUp(mode, d.Negative, half, even) {
		q = addOne(q, len(q))
	}
	// Times the increment.
	product, carry := make([]byte, len(q)), 0
	for i := len(q) - 1; i >= 0; i-- {
		carry += int(q[i]-'0') * increment
		product[i] = byte('0' + carry%10)
		carry /= 10
	}
	s := string(product)
	if carry > 0 {
		s = strconv.Itoa(carry) + s
	}
	r := Decimal{Negative: d.Negative, digits: s, exponent: len(s) + at}
	r.trim()
	return r
}

// roundsUp tells whether a magnitude grows; half says how what is cut off compares with a half.
func roundsUp(mode string, negative bool, half int, even bool) bool {
	switch mode {
	case "ceil":
		return !negative
	case "floor":
		return negative
	case "expand":
		return true
	case "trunc":
		return false
	case "halfCeil":
		return half > 0 || half == 0 && !negative
	case "halfFloor":
		return half > 0 || half == 0 && negative
	case "halfTrunc":
		return half > 0
	case "halfEven":
		return half > 0 || half == 0 && !even
	}
	return half >= 0 // halfExpand
}

// addOne adds one to the last of n digits.
func addOne(s string, n int) string {
	if n <= 0 {
		return "1"
	}
	b := []byte(s)
	for len(b) < n {
		b = append(b, '0')
	}
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}

// text is the digits before and after the point, with at least so many of each.
func (d Decimal) text(minWhole, minFraction int) (whole, fraction string) {
	switch {
	case d.digits == "":
	case d.exponent <= 0:
		fraction = strings.Repeat("0", -d.exponent) + d.digits
	case d.exponent >= len(d.digits):
		whole = d.digits + strings.Repeat("0", d.exponent-len(d.digits))
	default:
		whole, fraction = d.digits[:d.exponent], d.digits[d.exponent:]
	}
	if n := minWhole - len(whole); n > 0 {
		whole = strings.Repeat("0", n) + whole
	}
	if n := minFraction - len(fraction); n > 0 {
		fraction += strings.Repeat("0", n)
	}
	return whole, fraction
}

// Rounding says how many digits of a number are written.
type Rounding struct {
	MinInteger                     int
	MinFraction, MaxFraction       int
	MinSignificant, MaxSignificant int    // 0 if not used
	Priority                       string // "auto", "morePrecision", "lessPrecision"
	Increment                      int
	Mode                           string
	StripIfInteger                 bool
}

// Apply rounds d, and tells how many digits its fraction has at least.
func (r *Rounding) Apply(d Decimal) (Decimal, int) {
	if !d.finite() {
		return d, 0
	}
	bySignificant := func() (int, int) { // where to round, and how many digits of a fraction to write
		magnitude := d.magnitude()
		if d.digits == "" {
			magnitude = 0
		}
		return magnitude - r.MaxSignificant + 1, max(0, r.MinSignificant-1-magnitude)
	}
	var at, least int
	increment := 1
	switch {
	case r.MaxSignificant > 0 && r.Priority == "auto":
		at, least = bySignificant()
	case r.MaxSignificant > 0:
		at, least = bySignificant()
		significant := at <= -r.MaxFraction
		if r.Priority == "lessPrecision" {
			significant = at >= -r.MaxFraction
		}
		if !significant {
			at, least = -r.MaxFraction, r.MinFraction
		}
	default:
		at, least, increment = -r.MaxFraction, r.MinFraction, max(1, r.Increment)
	}
	rounded := d.round(at, increment, r.Mode)
	if r.MaxSignificant > 0 && rounded.digits != "" && rounded.magnitude() > d.magnitude() && least > 0 && at != -r.MaxFraction {
		least = max(0, r.MinSignificant-1-rounded.magnitude())
	}
	if r.StripIfInteger && rounded.exponent >= len(rounded.digits) {
		least = 0
	}
	return rounded, least
}
