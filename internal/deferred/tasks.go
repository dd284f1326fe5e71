package deferred

import _ "unsafe" // go:linkname

//go:linkname humanize github.com/dustin/go-humanize..inittask
var humanize task

//go:linkname mathutil modernc.org/mathutil..inittask
var mathutil task

//go:linkname memory modernc.org/memory..inittask
var memory task

//go:linkname libc modernc.org/libc..inittask
var libc task

//go:linkname lib modernc.org/sqlite/lib..inittask
var lib task

//go:linkname compat github.com/evanw/esbuild/internal/compat..inittask
var compat task

//go:linkname helpers github.com/evanw/esbuild/internal/helpers..inittask
var helpers task

//go:linkname cssAST github.com/evanw/esbuild/internal/css_ast..inittask
var cssAST task

//go:linkname lexer github.com/evanw/esbuild/internal/js_lexer..inittask
var lexer task

//go:linkname esfs github.com/evanw/esbuild/internal/fs..inittask
var esfs task

//go:linkname cssParser github.com/evanw/esbuild/internal/css_parser..inittask
var cssParser task

//go:linkname jsParser github.com/evanw/esbuild/internal/js_parser..inittask
var jsParser task

//go:linkname jsPrinter github.com/evanw/esbuild/internal/js_printer..inittask
var jsPrinter task

//go:linkname resolver github.com/evanw/esbuild/internal/resolver..inittask
var resolver task

//go:linkname esapi github.com/evanw/esbuild/pkg/api..inittask
var esapi task

//go:linkname snapref github.com/klauspost/compress/internal/snapref..inittask
var snapref task

//go:linkname kflate github.com/klauspost/compress/flate..inittask
var kflate task

//go:linkname zstd github.com/klauspost/compress/zstd..inittask
var zstd task

//go:linkname htmlindex golang.org/x/text/encoding/htmlindex..inittask
var htmlindex task
