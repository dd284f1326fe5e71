package fast

import (
	"fmt"
	"os"
	"sort"
	"syscall"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
	"gonode/internal/engine/program"
)

func TestScratch(t *testing.T) {
	file := os.Getenv("JS")
	if file == "" {
		t.Skip()
	}
	src, _ := os.ReadFile(file)
	rt := goja.New()
	facts, _ := layout.Find(rt)
	rt.Set("now", func() float64 {
		var u syscall.Rusage
		syscall.Getrusage(0, &u)
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
	})
	rt.Set("print", func(s string) { fmt.Println(s) })
	p := goja.MustCompile(file, "(function(){"+string(src)+"\n})()", false)
	program.Apply(p, program.Options{}, operators.Pass(facts), Pass)
	seen := map[string]int{}
	if os.Getenv("SLOW") != "" {
		slowly = func(op program.Op) { seen[op.String()]++ }
	}
	if _, err := rt.RunProgram(p); err != nil {
		t.Fatal(err)
	}
	var names []string
	for k := range seen {
		names = append(names, k)
	}
	sort.Slice(names, func(i, j int) bool { return seen[names[i]] > seen[names[j]] })
	for _, k := range names[:min(12, len(names))] {
		fmt.Println(k, seen[k])
	}
}
