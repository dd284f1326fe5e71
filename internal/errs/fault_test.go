package errs

import (
	"strings"
	"testing"
)

func fails() int {
	var none []int
	return none[len(none)]
}

func TestFault(t *testing.T) {
	again := func(f func()) {
		defer func() {
			if x := recover(); x != nil {
				panic(x)
			}
		}()
		f()
	}
	var fault *Fault
	func() {
		defer func() { fault = NewFault(recover()) }()
		again(func() { fails() })
	}()
	if !strings.HasPrefix(fault.Stack(), "Error: Internal error: runtime error: index out of range [0] with length 0\n    at gonode/internal/errs.fails (fault_test.go:10)\n") {
		t.Error(fault.Stack())
	}
	for _, word := range []string{"goroutine", "panic", "fatal error"} {
		if strings.Contains(fault.Stack(), word) {
			t.Errorf("%q in %s", word, fault.Stack())
		}
	}
	if NewFault(fault) != fault {
		t.Error("a fault of a fault")
	}
}
