package tls

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/secure"
)

// defineAuthorities adds what tls.getCACertificates and setDefaultCACertificates are made of:
//
//	bundledCertificates() systemCertificates() extraCertificates() chosenCertificates() give arrays of PEM texts
//	loadCertificates() begins to read those that are trusted by default
//	chooseCertificates(texts) replaces these
//	certificateSources tells which ones they are
func (m *module) defineAuthorities(b *goja.Object) {
	list := func(name, end string, read func() []*x509.Certificate) {
		m.rt.SetFunc(b, name, 0, func(goja.FunctionCall) goja.Value {
			var texts []string
			for _, c := range read() {
				texts = append(texts, strings.TrimSuffix(pemOf(c), "\n")+end)
			}
			return m.strings(texts)
		})
	}
	list("bundledCertificates", "", m.known.Bundled)
	list("systemCertificates", "\n", m.known.System)
	list("extraCertificates", "\n", func() []*x509.Certificate {
		m.warnExtra()
		extra, _ := m.known.Added()
		return extra
	})
	list("chosenCertificates", "\n", func() []*x509.Certificate { return m.roots() })
	m.rt.SetFunc(b, "loadCertificates", 0, func(goja.FunctionCall) goja.Value {
		m.load()
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "chooseCertificates", 1, func(call goja.FunctionCall) goja.Value {
		given := call.Argument(0).(*goja.Object)
		texts := make([][]byte, int(given.Get("length").ToInteger()))
		for i := range texts {
			texts[i] = m.bytes(given.Get(strconv.Itoa(i)))
		}
		chosen, err := secure.ParseAuthorities(texts)
		m.check(err)
		if len(chosen) == 0 && len(texts) > 0 {
			m.rt.Throw(m.coded("Error", "ERR_CRYPTO_OPERATION_FAILED", "No valid certificates found in the provided array"))
		}
		m.roots, m.warned = func() []*x509.Certificate { return chosen }, true
		return goja.Undefined()
	})
	sources := m.vm.NewObject()
	sources.Set("bundled", !m.known.OpenSSL)
	sources.Set("system", !m.known.OpenSSL && m.known.UseSystem)
	sources.Set("extra", m.known.Extra != "")
	b.Set("certificateSources", sources)
}

func pemOf(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// load begins to read the authorities that are trusted by default, while something else is done.
func (m *module) load() {
	if m.loading {
		return
	}
	m.loading = true
	categories, _ := m.rt.Env().Get("NODE_DEBUG_NATIVE")
	loud := slices.Contains(strings.Split(strings.ToLower(categories), ","), "crypto")
	m.known.Load(func(name string) {
		if loud {
			fmt.Fprintf(m.rt.Stderr(), "Started loading %s root certificates off-thread\n", name)
		}
	})
}

// warnExtra warns, once, of a NODE_EXTRA_CA_CERTS that cannot be used.
func (m *module) warnExtra() {
	if m.warned || m.known.Extra == "" {
		return
	}
	m.warned = true
	_, err := m.known.Added()
	if err == nil {
		return
	}
	reason := err.Error()
	if errors.Is(err, os.ErrNotExist) {
		reason = "error:80000002:system library::No such file or directory"
	}
	fmt.Fprintf(m.rt.Stderr(), "Warning: Ignoring extra certs from `%s`, load failed: %s\n", m.known.Extra, reason)
}
