package runtime

import (
	"runtime/debug"
	"strings"
)

// The Node.js release whose behaviour is reproduced; stated here and nowhere else.
const (
	// NodeVersion is process.version.
	NodeVersion = "v20.20.2"
	// Version is gonode's own version, process.versions.gonode.
	Version = "0.1.0"
)

// Versions is process.versions, by name and number: those of the Node.js release whose behaviour is reproduced, and
// our own.
func Versions() [][2]string {
	engine := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/dop251/goja" {
				engine = strings.TrimPrefix(d.Version, "v")
			}
		}
	}
	return [][2]string{
		{"node", strings.TrimPrefix(NodeVersion, "v")}, {"acorn", "8.16.0"}, {"ada", "2.9.2"}, {"ares", "1.34.6"},
		{"brotli", "1.1.0"}, {"cjs_module_lexer", "2.2.0"}, {"cldr", "48.0"}, {"gonode", Version}, {"goja", engine},
		{"icu", "78.2"}, {"llhttp", "9.3.1"}, {"modules", "115"}, {"napi", "9"}, {"nghttp2", "1.61.0"},
		{"openssl", "3.0.19"}, {"simdutf", "6.4.2"}, {"tz", "2025c"}, {"undici", "6.24.1"}, {"unicode", "17.0"},
		{"uv", "1.46.0"}, {"uvwasi", "0.0.23"}, {"v8", "11.3.244.8-node.38"}, {"zlib", "1.3.1-e00f703"},
	}
}
