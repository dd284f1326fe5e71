package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestDraw(t *testing.T) {
	screen := []line{{"\x1b[1;32m$\x1b[0m a < b && c", 0.5}, {strings.Repeat("x", columns+3), 1}, {"\x1b[33m[1]\x1b[39m", 1.25}}
	svg := string(draw(screen))
	for _, want := range []string{`<tspan style="font-weight:bold;fill:#7ee787;">$</tspan> a &lt; b &amp;&amp; c</text>`, ">xxx</text>", `<tspan style="fill:#e3b341;">[1]</tspan></text>`, "animation-delay:1.25s"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg)
		}
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
