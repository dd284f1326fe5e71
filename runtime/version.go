package runtime

// The Node.js release whose behaviour is reproduced; stated here and nowhere else.
const (
	// NodeVersion is process.version.
	NodeVersion = "v20.20.2"
	// Version is gonode's own version, process.versions.gonode.
	Version = "0.1.0"
)
