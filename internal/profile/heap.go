package profile

import "runtime/metrics"

// heapProfile is the form of a .heapprofile.
type heapProfile struct {
	Samples []allocation `json:"samples"`
	Head    heapNode     `json:"head"`
}

// allocation is what has been allocated between two looks, by what ran at the second.
type allocation struct {
	Size    uint64 `json:"size"`
	Node    int    `json:"nodeId"`
	Ordinal int    `json:"ordinal"`
}

type heapNode struct {
	CallFrame callFrame  `json:"callFrame"`
	SelfSize  uint64     `json:"selfSize"`
	ID        int        `json:"id"`
	Children  []heapNode `json:"children"`
}

func (n *node) tree(p *profiler) heapNode {
	h := heapNode{CallFrame: n.CallFrame, SelfSize: n.allocated, ID: n.ID, Children: make([]heapNode, 0, len(n.Children))}
	for _, id := range n.Children {
		h.Children = append(h.Children, p.nodes[id-1].tree(p))
	}
	return h
}

// allocated is how many bytes the process has allocated on the heap since it began.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}
