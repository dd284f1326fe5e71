package source

import (
	"cmp"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"gonode/internal/deferred"
)

// transform has esbuild take types off and rewrite enums, namespaces, decorators and the like. Everything else stays as it is written;
// import, export, import() and import.meta are dealt with by scan.
func transform(name, text string) api.TransformResult {
	deferred.Esbuild.Run()
	t := api.TransformOptions{
		LogLevel:  api.LogLevelSilent,
		Loader:    api.LoaderTS,
		Target:    api.ESNext,
		Supported: map[string]bool{"decorators": false},
		// Not the file's own name: for .mjs, esbuild would take each default import for a CommonJS module's.
		Sourcefile: cmp.Or(name, "module.js"),
		Sourcemap:  api.SourceMapExternal,
		// The map carries no text: Unit has it.
		SourcesContent: api.SourcesContentExclude,
		// Comments with @license must not be moved around.
		LegalComments: api.LegalCommentsInline,
		KeepNames:     false,
		TsconfigRaw:   `{"compilerOptions":{"verbatimModuleSyntax":true}}`, // imports stay, as where types are only taken off
	}
	return api.Transform(text, t)
}

// viaESBuild compiles u.Text after a transformation: TypeScript that is more than types.
func (u *Unit) viaESBuild(o Options) error {
	result := transform("", u.Text)
	if len(result.Errors) > 0 {
		return u.rejected(result.Errors[0])
	}
	code := string(result.Code)
	if err := u.from(code, o); err != nil {
		return syntaxError(u.Name, code, err)
	}
	u.names, _ = sourcemap.Parse("", result.Map)
	return nil
}

// rejected words esbuild's report.
func (u *Unit) rejected(m api.Message) error {
	l := m.Location
	if l == nil {
		return &SyntaxError{Name: u.Name, Line: 1, Column: 1, Width: 1, Message: m.Text}
	}
	e := &SyntaxError{Name: u.Name, Line: l.Line, Column: l.Column + 1, Message: m.Text}
	rest := ""
	if l.Column <= len(l.LineText) {
		rest = l.LineText[l.Column:]
	}
	e.Message = esbuildWording(m.Text, rest)
	e.locate(u.Text)
	return e
}

// esbuildWording says in V8's words what esbuild found.
func esbuildWording(m, rest string) string {
	token := tokenAt(rest)
	switch {
	case strings.HasPrefix(m, "The symbol ") && strings.HasSuffix(m, " has already been declared"):
		return "Identifier '" + strings.Split(m, `"`)[1] + "' has already been declared"
	case strings.HasPrefix(m, "Expected ") || strings.HasPrefix(m, "Unexpected "):
		switch {
		case strings.HasSuffix(m, "end of file"):
			return "Unexpected end of input"
		case token == "":
			return "Unexpected end of input"
		case token[0] == '"' || token[0] == '\'':
			if len(token) == 1 {
				return "Invalid or unexpected token"
			}
			return "Unexpected string"
		case token[0] >= '0' && token[0] <= '9':
			return "Unexpected number"
		case isWordToken(token) && !keyword(token):
			return "Unexpected identifier '" + token + "'"
		}
		return "Unexpected token '" + token + "'"
	case strings.HasPrefix(m, "Unterminated string"):
		return "Invalid or unexpected token"
	case strings.HasPrefix(m, "Unterminated template"):
		return "Unterminated template literal"
	case strings.HasPrefix(m, "Unterminated regular"):
		return "Invalid regular expression: missing /"
	case strings.HasPrefix(m, `"await" can only be used inside an "async" function`):
		return "await is only valid in async functions and the top level bodies of modules"
	case strings.HasPrefix(m, `Top-level await is currently not supported`):
		return m
	case strings.HasPrefix(m, "Invalid assignment target"):
		return "Invalid left-hand side in assignment"
	}
	return m
}

func isWordToken(t string) bool {
	c := t[0]
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func keyword(word string) bool {
	switch word {
	case "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else",
		"export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new",
		"null", "return", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while",
		"with":
		return true
	}
	return false
}

// outerFunction puts the program's one expression into a function of ImportName.
func outerFunction(prg *ast.Program) {
	last := len(prg.Body) - 1
	st, ok := prg.Body[last].(*ast.ExpressionStatement)
	if !ok {
		return
	}
	fn := &ast.FunctionLiteral{
		Function: 1,
		ParameterList: &ast.ParameterList{Opening: 1, Closing: 1, List: []*ast.Binding{
			{Target: &ast.Identifier{Name: unistring.NewFromString(ImportName), Idx: 1}}}},
		Body: &ast.BlockStatement{LeftBrace: 1, RightBrace: 1, List: []ast.Statement{
			&ast.ReturnStatement{Return: 1, Argument: st.Expression}}},
		Source: "function () { [native code] }",
	}
	prg.Body[last] = &ast.ExpressionStatement{Expression: fn}
}

func isIdentifier(e ast.Expression, name unistring.String) bool {
	id, ok := e.(*ast.Identifier)
	return ok && id.Name == name
}

// tellReferrer gives each import() in a script a third argument that says where it is.
func tellReferrer(prg *ast.Program, referrer string) {
	w := walker{call: func(e *ast.CallExpression) {
		callee := e.Callee
		if q, ok := callee.(*ast.SequenceExpression); ok {
			callee = q.Sequence[len(q.Sequence)-1]
		}
		if d, ok := callee.(*ast.DotExpression); ok {
			callee = d.Left // import.source()
		}
		if !isIdentifier(callee, ImportName) {
			return
		}
		at := e.Idx0()
		for len(e.ArgumentList) < 2 {
			e.ArgumentList = append(e.ArgumentList, &ast.UnaryExpression{Operator: token.VOID, Idx: at,
				Operand: &ast.NumberLiteral{Idx: at, Literal: "0", Value: int64(0)}})
		}
		e.ArgumentList = append(e.ArgumentList[:2], &ast.StringLiteral{Idx: at, Literal: "", Value: unistring.NewFromString(referrer)})
	}}
	w.statements(prg.Body)
}

func end(text string) file.Idx { return file.Idx(len(text) + 1) }
