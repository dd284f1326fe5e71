package runtime

import (
	"runtime/debug"
	"strings"
)

// The Node.js release whose behaviour is reproduced; stated here and nowhere else.
const (
	// NodeVersion is process.version.
	NodeVersion = "v24.21.0"
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
		{"node", strings.TrimPrefix(NodeVersion, "v")}, {"acorn", "8.18.0"}, {"ada", "4.0.0"}, {"amaro", "1.1.11"},
		{"ares", "1.34.8"}, {"brotli", "1.2.0"}, {"cldr", "48.0"}, {"gonode", Version}, {"goja", engine},
		{"icu", "78.3"}, {"llhttp", "9.4.3"}, {"merve", "1.2.2"}, {"modules", "137"}, {"napi", "10"}, {"nbytes", "0.1.4"},
		{"ncrypto", "0.0.1"}, {"nghttp2", "1.70.0"}, {"openssl", "3.5.8"}, {"simdjson", "4.6.7"}, {"simdutf", "6.4.0"},
		{"sqlite", "3.53.4"}, {"tz", "2026c"}, {"undici", "7.29.1"}, {"unicode", "17.0"}, {"uv", "1.52.1"},
		{"uvwasi", "0.0.23"}, {"v8", "13.6.233.17-node.53"}, {"zlib", "1.3.2.1-motley-8002e91"}, {"zstd", "1.5.7"},
	}
}
