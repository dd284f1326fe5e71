// Command embed asks a script for prices: the script is a stranger's, has limits, and may call one function of the program's.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"time"

	"gonode/host"
)

//go:embed rules.ts
var rules embed.FS

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	p, err := host.NewEngine().New(ctx, host.Config{
		FS: rules, Dir: "/", Env: []string{}, // it sees these files and no environment
		Limits: host.Limits{Memory: 64 << 20, Turn: time.Second},
	})
	if err != nil {
		return err
	}
	defer p.Close()
	err = p.Expose(ctx, "stock", func(article string) int { return len(article) })
	if err != nil {
		return err
	}
	mod, err := p.Import(ctx, "./rules.ts")
	if err != nil {
		return err
	}
	price, err := mod.Func("price")
	if err != nil {
		return err
	}
	type order struct {
		Article string `json:"article"`
		Items   int    `json:"items"`
	}
	var total float64
	if err := price.Call(ctx, &total, order{"apples", 4}); err != nil {
		return err
	}
	fmt.Println("total", total)
	var thrown *host.Exception
	if err := price.Call(ctx, &total, order{"pears", 9}); errors.As(err, &thrown) {
		fmt.Printf("%s: %s (rules.ts:%d)\n", thrown.Name, thrown.Message, thrown.Frames[0].Line)
	}
	return nil
}
