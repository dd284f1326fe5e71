package main

import "context"

func Example() {
	if err := run(context.Background()); err != nil {
		panic(err)
	}
	// Output:
	// total 10
	// RangeError: only 5 pears are left (rules.ts:6)
}
