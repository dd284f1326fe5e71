package secure

import (
	"bytes"
	"crypto/x509"
	"time"
)

// Verdict is why a chain of certificates is not trusted; nil when it is.
type Verdict struct{ Code, Message string }

var (
	verdictNoIssuer     = &Verdict{"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"}
	verdictLeaf         = &Verdict{"UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"}
	verdictSelfSigned   = &Verdict{"DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"}
	verdictSelfInChain  = &Verdict{"SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"}
	verdictExpired      = &Verdict{"CERT_HAS_EXPIRED", "certificate has expired"}
	verdictNotYet       = &Verdict{"CERT_NOT_YET_VALID", "certificate is not yet valid"}
	verdictSignature    = &Verdict{"CERT_SIGNATURE_FAILURE", "certificate signature failure"}
	verdictInvalidCA    = &Verdict{"INVALID_CA", "invalid CA certificate"}
	verdictPurpose      = &Verdict{"INVALID_PURPOSE", "unsuitable certificate purpose"}
	verdictPathLength   = &Verdict{"PATH_LENGTH_EXCEEDED", "path length constraint exceeded"}
	verdictRevoked      = &Verdict{"CERT_REVOKED", "certificate revoked"}
	verdictNoCRL        = &Verdict{"UNABLE_TO_GET_CRL", "unable to get certificate CRL"}
	verdictCRLExpired   = &Verdict{"CRL_HAS_EXPIRED", "CRL has expired"}
	verdictChainTooLong = &Verdict{"CERT_CHAIN_TOO_LONG", "certificate chain too long"}
)

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
		if contains(trusted, cert) && (isSelfIssued(cert) || c.PartialChain) {
			rooted = true
			break
		}
		if isSelfIssued(cert) {
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
	case isSelfIssued(last) && len(chain) == 1:
		v = verdictSelfSigned
	case isSelfIssued(last):
		v = verdictSelfInChain
	default:
		v = verdictNoIssuer
	}
	v = or(checkPurposes(chain, server), v)
	if len(c.CRLs) > 0 {
		v = or(c.checkRevocation(chain, now), v)
	}
	for i := len(chain) - 1; i >= 0; i-- {
		cert := chain[i]
		switch {
		case i < len(chain)-1:
			if checkSignature(chain[i+1], cert) != nil {
				v = verdictSignature
			}
		case len(chain) == 1 && !rooted && !isSelfIssued(cert):
			v = verdictLeaf
		}
		switch {
		case now.Before(cert.NotBefore):
			v = verdictNotYet
		case now.After(cert.NotAfter):
			v = verdictExpired
		}
	}
	return chain, v
}

func or(v, otherwise *Verdict) *Verdict {
	if v != nil {
		return v
	}
	return otherwise
}

func isSelfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && (len(c.AuthorityKeyId) == 0 || len(c.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId))
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

// checkSignature leaves out what CheckSignatureFrom asks beyond the signature: checkPurposes looks at that. An algorithm
// that Go refuses as too weak counts as verified no more than a false signature does.
func checkSignature(issuer, cert *x509.Certificate) error {
	return issuer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
}

func checkPurposes(chain []*x509.Certificate, server bool) (v *Verdict) {
	want := x509.ExtKeyUsageClientAuth
	if server {
		want = x509.ExtKeyUsageServerAuth
	}
	for i, cert := range chain {
		if i > 0 {
			switch {
			case cert.BasicConstraintsValid && !cert.IsCA,
				cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0,
				!cert.BasicConstraintsValid && cert.Version >= 3 && !isSelfIssued(cert):
				v = verdictInvalidCA
			case cert.MaxPathLen >= 0 && (cert.MaxPathLen > 0 || cert.MaxPathLenZero) && i-1 > cert.MaxPathLen:
				v = verdictPathLength
			}
		}
		if !hasUsage(cert, want) {
			v = verdictPurpose
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
