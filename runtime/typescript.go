package runtime

import (
	"encoding/base64"
	"errors"

	"gonode/internal/source"
)

// StripTypes gives TypeScript as JavaScript: what is of types only is white space, so that all else keeps its place. It throws Node's
// ERR_INVALID_TYPESCRIPT_SYNTAX or ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX, whose stack names the text by name. Loop goroutine only, inside Enter.
func (c *Scripts) StripTypes(name, code string) string {
	code, err := source.StripTypes(name, code)
	c.throwTypes(err)
	return code
}

// TranslateTypes is StripTypes that translates enums, namespaces and the like as well, and with sourceMap appends a source map as a comment.
func (c *Scripts) TranslateTypes(name, code string, sourceMap bool) string {
	code, m, err := source.TranslateTypes(name, code)
	c.throwTypes(err)
	if sourceMap {
		code += "\n\n//# sourceMappingURL=data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(m))
	}
	return code
}

func (c *Scripts) throwTypes(err error) {
	rt := c.rt
	var e *source.SyntaxError
	if !errors.As(err, &e) || e.Code == "" {
		if err != nil {
			c.throwSyntax(err)
		}
		return
	}
	o := c.syntaxError(e)
	if t := rt.TraceOf(o); t != nil {
		t.Above = append(strippingTypes(e.Code)[:2:2], own("Module.stripTypeScriptTypes", typeScript, 123, 10))
		t.Frames = t.Frames[min(len(t.Frames), 1):]
	}
	c.prependPlace(o, e.Arrow()+"\n")
	rt.Throw(o)
}
