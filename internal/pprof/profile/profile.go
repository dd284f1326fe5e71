// Package profile stands in for github.com/google/pprof/profile, which the JavaScript engine imports for a profiler
// that gonode does not offer: the real one compiles dozens of regular expressions in every process that starts. It has
// the types that the engine fills in, and writes nothing.
package profile

import (
	"errors"
	"io"
)

// Profile is a profile.
type Profile struct {
	SampleType    []*ValueType
	PeriodType    *ValueType
	Period        int64
	TimeNanos     int64
	DurationNanos int64
	Mapping       []*Mapping
	Location      []*Location
	Function      []*Function
	Sample        []*Sample
}

// ValueType is what a sample counts, and its unit.
type ValueType struct{ Type, Unit string }

// Sample is a stack and its counts.
type Sample struct {
	Location []*Location
	Value    []int64
}

// Mapping is a piece of the program.
type Mapping struct {
	ID           uint64
	File         string
	HasFunctions bool
	HasFilenames bool
}

// Location is a place in the program.
type Location struct {
	ID      uint64
	Mapping *Mapping
	Line    []Line
}

// Line is a line of a function.
type Line struct {
	Function *Function
	Line     int64
	Column   int64
}

// Function is a function.
type Function struct {
	ID        uint64
	Name      string
	Filename  string
	StartLine int64
}

// Write refuses.
func (*Profile) Write(io.Writer) error { return errors.New("profiles cannot be written") }
