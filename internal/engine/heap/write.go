package heap

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// head describes the format: the fields of nodes and of edges.
const head = `{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","detachedness"],"node_types":[["hidden","array","string","object","code","closure",` +
	`"regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"],"string","number","number","number","number"],` +
	`"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],` +
	`"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],"trace_node_fields":["id","function_info_index","count","size","children"],` +
	`"sample_fields":["timestamp_us","last_assigned_id"],"location_fields":["object_index","script_id","line","column"]},`

// fields is how many numbers a node has.
const fields = 6

// Write writes the graph as a .heapsnapshot.
func (g *Graph) Write(to io.Writer) error {
	w := bufio.NewWriter(to)
	edges := 0
	for i := range g.nodes {
		edges += len(g.nodes[i].edges)
	}
	texts, known := []string{"<dummy>"}, map[string]int{}
	text := func(s string) int {
		i, ok := known[s]
		if !ok {
			i = len(texts)
			texts, known[s] = append(texts, s), i
		}
		return i
	}
	w.WriteString(head)
	w.WriteString(`"node_count":` + itoa(len(g.nodes)) + `,"edge_count":` + itoa(edges) + `,"trace_function_count":0,"extra_native_bytes":0},` + "\n" + `"nodes":[`)
	numbers := func(first bool, list ...int) {
		for i, n := range list {
			if i > 0 || !first {
				w.WriteByte(',')
			}
			w.WriteString(itoa(n))
		}
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		numbers(i == 0, n.kind, text(n.name), int(n.id), n.size, len(n.edges), 0)
		w.WriteByte('\n')
	}
	w.WriteString("],\n\"edges\":[")
	first := true
	for i := range g.nodes {
		for _, e := range g.nodes[i].edges {
			name := e.index
			if e.kind != edgeElement {
				name = text(e.name)
			}
			numbers(first, e.kind, name, e.to*fields)
			first = false
		}
		w.WriteByte('\n')
	}
	w.WriteString("],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n\"locations\":[],\n\"strings\":[")
	for i, s := range texts {
		if i > 0 {
			w.WriteString(",\n")
		}
		quoted, err := json.Marshal(s)
		if err != nil {
			return err
		}
		w.Write(quoted)
	}
	w.WriteString("]}\n")
	return w.Flush()
}
