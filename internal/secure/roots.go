package secure

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"sync"
)

// Roots are the authorities trusted by default, read when first needed: the system's, of which a static binary has no
// copy, and those of a file besides. Any goroutine.
type Roots struct {
	File, Dir string // SSL_CERT_FILE and SSL_CERT_DIR; empty for the system's places
	Extra     string // NODE_EXTRA_CA_CERTS

	once     sync.Once
	system   []*x509.Certificate
	all      []*x509.Certificate
	extraErr error
}

// Where systems keep their authorities in one file: Debian, Fedora, SUSE, OpenELEC, CentOS, Alpine and macOS.
var rootFiles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}

var rootDirs = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}

// Certificates are all of them.
func (r *Roots) Certificates() []*x509.Certificate {
	r.once.Do(r.read)
	return r.all
}

// System are those without the extra ones.
func (r *Roots) System() []*x509.Certificate {
	r.once.Do(r.read)
	return r.system
}

// CheckExtra tells whether the file of extra ones can be used.
func (r *Roots) CheckExtra() error {
	r.once.Do(r.read)
	return r.extraErr
}

func (r *Roots) read() {
	files, dirs := rootFiles, rootDirs
	if r.File != "" {
		files = []string{r.File}
	}
	if r.Dir != "" {
		dirs = filepath.SplitList(r.Dir)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			r.system = parseLenient(text)
			break
		}
	}
	if len(r.system) == 0 || r.Dir != "" {
		for _, dir := range dirs {
			list, _ := os.ReadDir(dir)
			for _, e := range list {
				if text, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
					r.system = append(r.system, parseLenient(text)...)
				}
			}
		}
	}
	r.all = r.system[:len(r.system):len(r.system)]
	if r.Extra == "" {
		return
	}
	text, err := os.ReadFile(r.Extra)
	if err != nil {
		r.extraErr = err
		return
	}
	extra, err := ParseCertificates(text)
	if err == nil && len(extra) == 0 {
		err = errPEM()
	}
	r.extraErr = err
	r.all = append(r.all, extra...)
}

// parseLenient passes over certificates that Go does not read.
func parseLenient(text []byte) (list []*x509.Certificate) {
	const end = "-----END CERTIFICATE-----"
	for len(text) > 0 {
		n := bytes.Index(text, []byte(end))
		if n < 0 {
			break
		}
		if certs, err := ParseCertificates(text[:n+len(end)]); err == nil {
			list = append(list, certs...)
		}
		text = text[n+len(end):]
	}
	return list
}
