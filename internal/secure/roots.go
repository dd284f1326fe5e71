package secure

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Authorities are the certificates of authorities that a process knows of: Mozilla's, which are in the binary, the
// system's, and those of a file. Each source is read when it is first needed. Any goroutine.
type Authorities struct {
	OpenSSL   bool   // the system's are trusted in place of Mozilla's
	UseSystem bool   // the system's are trusted besides
	File, Dir string // SSL_CERT_FILE and SSL_CERT_DIR; empty for the system's places
	Extra     string // NODE_EXTRA_CA_CERTS

	bundled, system, extra source
}

// source is a list that is read once.
type source struct {
	once sync.Once
	list []*x509.Certificate
	err  error
}

func (s *source) get(read func() ([]*x509.Certificate, error)) []*x509.Certificate {
	s.once.Do(func() { s.list, s.err = read() })
	return s.list
}

// Where systems keep their authorities in one file: Debian, Fedora, SUSE, OpenELEC, CentOS, Alpine and macOS.
var rootFiles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}

var rootDirs = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}

// Trusted are those that are trusted unless somebody says otherwise.
func (a *Authorities) Trusted() []*x509.Certificate {
	var list []*x509.Certificate
	if !a.OpenSSL {
		list = append(list, a.Bundled()...)
	}
	if a.OpenSSL || a.UseSystem {
		list = append(list, a.System()...)
	}
	extra, _ := a.Added()
	return append(list, extra...)
}

// Load reads what Trusted gives on goroutines of its own and tells started the name of each source.
func (a *Authorities) Load(started func(name string)) {
	load := func(name string, read func()) {
		started(name)
		go read()
	}
	if !a.OpenSSL {
		load("bundled", func() { a.Bundled() })
	}
	if a.Extra != "" {
		load("extra", func() { a.Added() })
	}
	if a.UseSystem {
		load("system", func() { a.System() })
	}
}

// Bundled are those of Mozilla's list. What Mozilla trusts up to a date only is there as well, as in Node.
func (a *Authorities) Bundled() []*x509.Certificate {
	return a.bundled.get(func() (list []*x509.Certificate, _ error) {
		for root := range bundle.Roots() {
			if c, err := x509.ParseCertificate(root.Certificate); err == nil {
				list = append(list, c)
			}
		}
		return list, nil
	})
}

// System are those of the system.
func (a *Authorities) System() []*x509.Certificate { return a.system.get(a.readSystem) }

// Added are those of the file of extra ones, or why it cannot be used.
func (a *Authorities) Added() ([]*x509.Certificate, error) {
	list := a.extra.get(func() ([]*x509.Certificate, error) {
		if a.Extra == "" {
			return nil, nil
		}
		text, err := os.ReadFile(a.Extra)
		if err != nil {
			return nil, err
		}
		list, err := ParseCertificates(text)
		if err == nil && len(list) == 0 {
			err = errPEM()
		}
		return list, err
	})
	return list, a.extra.err
}

func (a *Authorities) readSystem() (list []*x509.Certificate, _ error) {
	files, dirs := rootFiles, rootDirs
	if a.File != "" {
		files = []string{a.File}
	}
	if a.Dir != "" {
		dirs = filepath.SplitList(a.Dir)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			list = parseLenient(text)
			break
		}
	}
	if len(list) > 0 && a.Dir == "" {
		return list, nil
	}
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if text, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
				list = append(list, parseLenient(text)...)
			}
		}
	}
	return list, nil
}

// ParseAuthorities reads certificates in PEM that are to be trusted, each once. A text without any is passed over, one that
// is broken is an error.
func ParseAuthorities(texts [][]byte) (list []*x509.Certificate, err error) {
	for _, text := range texts {
		certs, err := ParseCertificates(text)
		if err != nil {
			return nil, &Error{0x0488000D, "PEM routines", "ASN1 lib", "ERR_OSSL_PEM_ASN1_LIB"}
		}
		if len(certs) == 0 && bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----\n")) {
			return nil, &Error{0x04800066, "PEM routines", "bad end line", "ERR_OSSL_PEM_BAD_END_LINE"}
		}
		for _, c := range certs {
			if !contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list, nil
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
