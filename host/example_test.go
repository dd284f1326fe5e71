package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing/fstest"
	"time"

	"gonode/host"
)

// Rules that others wrote: a module is imported, one of its functions called with Go values, what it throws is an error with the script's own place.
func Example() {
	rules := fstest.MapFS{"rules.ts": {Data: []byte(`
		interface Order { items: number; member?: boolean }
		export async function price(o: Order): Promise<number> {
			if (!(o.items > 0)) throw new RangeError('nothing ordered');
			return o.items * 9.5 * (o.member ? 0.9 : 1);
		}`)}}
	ctx := context.Background()
	p, err := host.NewEngine().New(ctx, host.Config{FS: rules, Dir: "/", Env: []string{}, Limits: host.Limits{Memory: 64 << 20}})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	mod, err := p.Import(ctx, "./rules.ts")
	if err != nil {
		panic(err)
	}
	price, err := mod.Func("price")
	if err != nil {
		panic(err)
	}
	type Order struct {
		Items  int
		Member bool
	}
	var total float64
	if err := price.Call(ctx, &total, Order{Items: 4, Member: true}); err != nil {
		panic(err)
	}
	fmt.Println("total", total)

	var e *host.Exception
	if err := price.Call(ctx, &total, Order{}); errors.As(err, &e) {
		fmt.Println(e.Name, e.Message, "in", e.Frames[0].Function, "line", e.Frames[0].Line)
	}
	// Output:
	// total 34.2
	// RangeError nothing ordered in price line 4
}

// Scripts call what the host exposes; Async is for what takes its time.
func ExampleProgram_Expose() {
	ctx := context.Background()
	p, err := host.NewEngine().New(ctx, host.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	p.Expose(ctx, "add", func(a, b int) int { return a + b })
	p.Expose(ctx, "lookup", host.Async(func(ctx context.Context, host string) ([]string, error) {
		if host != "localhost" {
			return nil, os.ErrNotExist
		}
		return []string{"127.0.0.1"}, nil
	}))
	var sum int
	fmt.Println(p.Eval(ctx, &sum, "sum.js", `add(20, 22)`), sum)
	var address string
	fmt.Println(p.Eval(ctx, &address, "lookup.js", `lookup('localhost').then(([first]) => first)`), address)
	fmt.Println(errors.Is(p.Eval(ctx, nil, "lookup.js", `lookup('elsewhere')`), os.ErrNotExist))
	// Output:
	// <nil> 42
	// <nil> 127.0.0.1
	// true
}

// A context ends the one call; the program goes on.
func ExampleFunc_Call() {
	p, err := host.NewEngine().New(context.Background(), host.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	var spin *host.Func
	p.Eval(context.Background(), &spin, "spin.js", `(n) => { while (n !== 0) n += 1; return 'done' }`)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	fmt.Println(spin.Call(ctx, nil, 1))
	var out string
	fmt.Println(spin.Call(context.Background(), &out, 0), out)
	// Output:
	// context deadline exceeded
	// <nil> done
}
