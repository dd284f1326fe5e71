package heap_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/heap"
)

// Every edge leads to a node, ids are not used twice, and what scripts hold in the ways of the language is found.
func TestSnapshot(t *testing.T) {
	e, err := engine.New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	rt := e.VM()
	if _, err := rt.RunString(`
		class Held { constructor(n) { this.n = n } }
		var map = new Map([['k', new Held(1)]]), symbol = { [Symbol('s')]: new Held(2) }
		var closure = (() => { const inner = new Held(3); return () => inner })()
		var accessor = { get x() { return closure } }, generator = (function* () { const h = new Held(4); yield h; yield 1 })()
		generator.next()
		var weak = new WeakMap([[map, new Held(5)]]), bytes = new Uint8Array(1000), big = 10n ** 40n, text = 'x'.repeat(5000)
		var proxy = new Proxy({ p: new Held(6) }, {})
	`); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	root, _ := rt.RunString("new Held(7)")
	if err := heap.Walk(rt, []heap.Root{{Name: "root", Value: root}, {Name: "none", Value: goja.Undefined()}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	var s struct {
		Snapshot struct {
			Nodes int `json:"node_count"`
			Edges int `json:"edge_count"`
		}
		Nodes, Edges []int
		Strings      []string
	}
	if err := json.Unmarshal([]byte(b.String()), &s); err != nil {
		t.Fatal(err)
	}
	const width = 6
	if len(s.Nodes) != s.Snapshot.Nodes*width || len(s.Edges) != s.Snapshot.Edges*3 {
		t.Fatalf("%d numbers of %d nodes, %d of %d edges", len(s.Nodes), s.Snapshot.Nodes, len(s.Edges), s.Snapshot.Edges)
	}
	ids, held := map[int]bool{}, 0
	for i := 0; i < len(s.Nodes); i += width {
		if id := s.Nodes[i+2]; ids[id] {
			t.Errorf("two nodes have the id %d", id)
		} else {
			ids[id] = true
		}
		if s.Nodes[i] == 3 && s.Strings[s.Nodes[i+1]] == "Held" {
			held++
		}
	}
	for i := 2; i < len(s.Edges); i += 3 {
		if to := s.Edges[i]; to%width != 0 || to < 0 || to >= len(s.Nodes) {
			t.Fatalf("an edge leads to %d", to)
		}
	}
	if held != 6 { // all but the WeakMap's
		t.Errorf("%d objects of the class were found, want 6", held)
	}
}
