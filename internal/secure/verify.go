package secure

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"time"
)

// Verdict is why a chain of certificates is not trusted; nil when it is.
type Verdict struct{ Code, Message string }

// systemRoots is what Node has to say where a root that the system trusts may be missing.
const systemRoots = "; if the root CA is installed locally, try running Node.js with --use-system-ca"

var (
	verdictNoIssuer     = &Verdict{"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"}
	verdictLeaf         = &Verdict{"UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate" + systemRoots}
	verdictSelfSigned   = &Verdict{"DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate" + systemRoots}
	verdictSelfInChain  = &Verdict{"SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"}
	verdictExpired      = &Verdict{"CERT_HAS_EXPIRED", "certificate has expired"}
	verdictNotYet       = &Verdict{"CERT_NOT_YET_VALID", "certificate is not yet valid"}
	verdictSignature    = &Verdict{"CERT_SIGNATURE_FAILURE", "certificate signature failure"}
	verdictPurpose      = &Verdict{"INVALID_PURPOSE", "unsuitable certificate purpose"}
	verdictPathLength   = &Verdict{"PATH_LENGTH_EXCEEDED", "path length constraint exceeded"}
	verdictRevoked      = &Verdict{"CERT_REVOKED", "certificate revoked"}
	verdictNoCRL        = &Verdict{"UNABLE_TO_GET_CRL", "unable to get certificate CRL"}
	verdictCRLExpired   = &Verdict{"CRL_HAS_EXPIRED", "CRL has expired"}
	verdictWeakDigest   = &Verdict{unspecified, "CA signature digest algorithm too weak"}
	verdictWeakKey      = &Verdict{unspecified, "EE certificate key too weak"}
	verdictWeakCA       = &Verdict{unspecified, "CA certificate key too weak"}
	verdictCritical     = &Verdict{unspecified, "unhandled critical extension"}
	verdictSubtree      = &Verdict{unspecified, "permitted subtree violation"}
	verdictChainTooLong = &Verdict{"CERT_CHAIN_TOO_LONG", "certificate chain too long"}
)

// unspecified is Node's code for what it has none of its own for.
const unspecified = "UNSPECIFIED"

const maxChain = 100

// Verify judges the certificates that a peer has sent, as OpenSSL does when its verification goes on after each error:
// the last one found is the verdict. server tells that the peer is one. The chain is as long as it could be built.
func (c *Context) Verify(sent []*x509.Certificate, server bool, now time.Time) (chain []*x509.Certificate, v *Verdict) {
	if len(sent) == 0 {
		return nil, nil
	}
	trusted := c.roots()
	cert := sent[0]
	chain = append(chain, cert)
	rooted := false
	for {
		if contains(trusted, cert) && (isSelfSigned(cert) || c.PartialChain) {
			rooted = true
			break
		}
		if isSelfSigned(cert) {
			break
		}
		issuer := findIssuer(trusted, cert)
		if issuer == nil {
			issuer = findIssuer(sent[1:], cert)
		}
		if issuer == nil || contains(chain, issuer) {
			break
		}
		if len(chain) > maxChain {
			return chain, verdictChainTooLong
		}
		cert = issuer
		chain = append(chain, cert)
	}
	last := chain[len(chain)-1]
	switch {
	case rooted:
	case isSelfSigned(last) && len(chain) == 1:
		v = verdictSelfSigned
	case isSelfSigned(last):
		v = verdictSelfInChain
	default:
		v = verdictNoIssuer
	}
	v = or(checkPurposes(chain, server), v)
	v = or(c.checkStrength(chain, rooted), v)
	if len(c.CRLs) > 0 {
		v = or(c.checkRevocation(chain, now), v)
	}
	for i := len(chain) - 1; i >= 0; i-- {
		cert := chain[i]
		switch {
		case i < len(chain)-1:
			v = or(checkSignature(chain[i+1], cert), v)
		case len(chain) == 1 && !rooted && !isSelfSigned(cert):
			v = verdictLeaf
		}
		switch {
		case now.Before(cert.NotBefore):
			v = verdictNotYet
		case now.After(cert.NotAfter):
			v = verdictExpired
		}
	}
	return chain, or(checkConstraints(chain), v)
}

func or(v, otherwise *Verdict) *Verdict {
	if v != nil {
		return v
	}
	return otherwise
}

// isSelfIssued compares names, isSelfSigned keys too.
func isSelfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

func isSelfSigned(c *x509.Certificate) bool {
	return isSelfIssued(c) && (len(c.AuthorityKeyId) == 0 || len(c.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId)) &&
		checkSignature(c, c) != verdictSignature
}

func contains(list []*x509.Certificate, c *x509.Certificate) bool {
	for _, other := range list {
		if bytes.Equal(other.Raw, c.Raw) {
			return true
		}
	}
	return false
}

// findIssuer prefers an issuer that is valid now.
func findIssuer(list []*x509.Certificate, c *x509.Certificate) *x509.Certificate {
	var found *x509.Certificate
	for _, i := range list {
		if !bytes.Equal(i.RawSubject, c.RawIssuer) ||
			len(c.AuthorityKeyId) > 0 && len(i.SubjectKeyId) > 0 && !bytes.Equal(c.AuthorityKeyId, i.SubjectKeyId) {
			continue
		}
		if found == nil || i.NotAfter.After(found.NotAfter) {
			found = i
		}
	}
	return found
}

// checkSignature leaves out what CheckSignatureFrom asks beyond the signature: checkPurposes looks at that.
func checkSignature(issuer, cert *x509.Certificate) *Verdict {
	err := issuer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	var weak x509.InsecureAlgorithmError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &weak):
		return verdictWeakDigest // which Go does not verify
	}
	return verdictSignature
}

// hasWeakDigest tells of a signature that is not good for OpenSSL's security level 1.
func hasWeakDigest(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// checkStrength looks at keys and digests, by the context's security level; a root's signature says nothing.
func (c *Context) checkStrength(chain []*x509.Certificate, rooted bool) (v *Verdict) {
	for i := range chain {
		if c.level > 0 && hasWeakDigest(chain[i]) && !(rooted && i == len(chain)-1) {
			v = verdictWeakDigest
		}
		if key, ok := chain[i].PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < leastRSA[c.level] {
			if v = verdictWeakCA; i == 0 {
				v = verdictWeakKey
			}
		}
	}
	return v
}

// checkConstraints leaves to crypto/x509 what authorities say of the names that they may certify.
func checkConstraints(chain []*x509.Certificate) *Verdict {
	constrained, when := false, chain[0].NotBefore
	for _, cert := range chain[1:] {
		constrained = constrained || extension(cert, 2, 5, 29, 30) != nil
		if cert.NotBefore.After(when) {
			when = cert.NotBefore // dates have been looked at
		}
	}
	if !constrained {
		return nil
	}
	pool := func(list []*x509.Certificate) *x509.CertPool {
		p := x509.NewCertPool()
		for _, cert := range list {
			p.AddCert(cert)
		}
		return p
	}
	last := len(chain) - 1
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: pool(chain[last:]), Intermediates: pool(chain[1:last]), CurrentTime: when,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && (invalid.Reason == x509.CANotAuthorizedForThisName || invalid.Reason == x509.TooManyConstraints) {
		return verdictSubtree
	}
	return nil
}

// checkPurposes asks of each certificate that it may stand where it does.
func checkPurposes(chain []*x509.Certificate, server bool) (v *Verdict) {
	below := 0 // certificates that count for the length of a path: names that issue themselves do not
	want := x509.ExtKeyUsageClientAuth
	if server {
		want = x509.ExtKeyUsageServerAuth
	}
	for i, cert := range chain {
		if i > 0 {
			switch {
			case cert.BasicConstraintsValid && !cert.IsCA,
				cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0,
				!cert.BasicConstraintsValid && !(cert.Version < 3 && isSelfSigned(cert)):
				v = verdictPurpose
			case (cert.MaxPathLen > 0 || cert.MaxPathLenZero) && below > cert.MaxPathLen:
				v = verdictPathLength
			}
			if !isSelfIssued(cert) {
				below++
			}
		}
		if !hasUsage(cert, want) {
			v = verdictPurpose
		}
		if len(cert.UnhandledCriticalExtensions) > 0 {
			v = verdictCritical
		}
	}
	return v
}

func hasUsage(cert *x509.Certificate, want x509.ExtKeyUsage) bool {
	if len(cert.ExtKeyUsage) == 0 && len(cert.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range cert.ExtKeyUsage {
		if u == want || u == x509.ExtKeyUsageAny {
			return true
		}
	}
	return false
}

// checkRevocation asks for a list of each issuer in the chain, as Node sets OpenSSL up.
func (c *Context) checkRevocation(chain []*x509.Certificate, now time.Time) (v *Verdict) {
	for i, cert := range chain {
		issuer := cert
		if i+1 < len(chain) {
			issuer = chain[i+1]
		}
		list := c.crlOf(cert, issuer)
		if list == nil {
			v = verdictNoCRL
			continue
		}
		if !list.NextUpdate.IsZero() && now.After(list.NextUpdate) {
			v = verdictCRLExpired
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				v = verdictRevoked
			}
		}
	}
	return v
}

func (c *Context) crlOf(cert, issuer *x509.Certificate) *x509.RevocationList {
	for _, list := range c.CRLs {
		if bytes.Equal(list.RawIssuer, cert.RawIssuer) &&
			issuer.CheckSignature(list.SignatureAlgorithm, list.RawTBSRevocationList, list.Signature) == nil {
			return list
		}
	}
	return nil
}
