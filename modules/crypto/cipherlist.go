package crypto

import "strings"

// cipherInfo describes a cipher as getCipherInfo does; canonical is the name that OpenSSL gives back.
type cipherInfo struct {
	name, canonical, mode string
	nid                   int
	block, iv, length     int
}

// ciphers are those of Node's that are there: ARIA, Camellia and SM4 are not, nor those that are for TLS alone.
var ciphers = []cipherInfo{
	{"aes-128-cbc", "aes-128-cbc", "cbc", 419, 16, 16, 16}, {"aes-128-ccm", "id-aes128-ccm", "ccm", 896, 1, 12, 16},
	{"aes-128-cfb", "aes-128-cfb", "cfb", 421, 1, 16, 16}, {"aes-128-cfb1", "aes-128-cfb1", "cfb", 650, 1, 16, 16},
	{"aes-128-cfb8", "aes-128-cfb8", "cfb", 653, 1, 16, 16}, {"aes-128-ctr", "aes-128-ctr", "ctr", 904, 1, 16, 16},
	{"aes-128-ecb", "aes-128-ecb", "ecb", 418, 16, 0, 16}, {"aes-128-gcm", "id-aes128-gcm", "gcm", 895, 1, 12, 16},
	{"aes-128-ocb", "aes-128-ocb", "ocb", 958, 16, 12, 16}, {"aes-128-ofb", "aes-128-ofb", "ofb", 420, 1, 16, 16},
	{"aes-128-xts", "aes-128-xts", "xts", 913, 1, 16, 32}, {"aes-192-cbc", "aes-192-cbc", "cbc", 423, 16, 16, 24},
	{"aes-192-ccm", "id-aes192-ccm", "ccm", 899, 1, 12, 24}, {"aes-192-cfb", "aes-192-cfb", "cfb", 425, 1, 16, 24},
	{"aes-192-cfb1", "aes-192-cfb1", "cfb", 651, 1, 16, 24}, {"aes-192-cfb8", "aes-192-cfb8", "cfb", 654, 1, 16, 24},
	{"aes-192-ctr", "aes-192-ctr", "ctr", 905, 1, 16, 24}, {"aes-192-ecb", "aes-192-ecb", "ecb", 422, 16, 0, 24},
	{"aes-192-gcm", "id-aes192-gcm", "gcm", 898, 1, 12, 24}, {"aes-192-ocb", "aes-192-ocb", "ocb", 959, 16, 12, 24},
	{"aes-192-ofb", "aes-192-ofb", "ofb", 424, 1, 16, 24}, {"aes-256-cbc", "aes-256-cbc", "cbc", 427, 16, 16, 32},
	{"aes-256-ccm", "id-aes256-ccm", "ccm", 902, 1, 12, 32}, {"aes-256-cfb", "aes-256-cfb", "cfb", 429, 1, 16, 32},
	{"aes-256-cfb1", "aes-256-cfb1", "cfb", 652, 1, 16, 32}, {"aes-256-cfb8", "aes-256-cfb8", "cfb", 655, 1, 16, 32},
	{"aes-256-ctr", "aes-256-ctr", "ctr", 906, 1, 16, 32}, {"aes-256-ecb", "aes-256-ecb", "ecb", 426, 16, 0, 32},
	{"aes-256-gcm", "id-aes256-gcm", "gcm", 901, 1, 12, 32}, {"aes-256-ocb", "aes-256-ocb", "ocb", 960, 16, 12, 32},
	{"aes-256-ofb", "aes-256-ofb", "ofb", 428, 1, 16, 32}, {"aes-256-xts", "aes-256-xts", "xts", 914, 1, 16, 64},
	{"aes128", "aes-128-cbc", "cbc", 419, 16, 16, 16}, {"aes128-wrap", "id-aes128-wrap", "wrap", 788, 8, 8, 16},
	{"aes128-wrap-pad", "id-aes128-wrap-pad", "wrap", 897, 8, 4, 16}, {"aes192", "aes-192-cbc", "cbc", 423, 16, 16, 24},
	{"aes192-wrap", "id-aes192-wrap", "wrap", 789, 8, 8, 24}, {"aes192-wrap-pad", "id-aes192-wrap-pad", "wrap", 900, 8, 4, 24},
	{"aes256", "aes-256-cbc", "cbc", 427, 16, 16, 32}, {"aes256-wrap", "id-aes256-wrap", "wrap", 790, 8, 8, 32},
	{"aes256-wrap-pad", "id-aes256-wrap-pad", "wrap", 903, 8, 4, 32}, {"chacha20", "chacha20", "stream", 1019, 1, 16, 32},
	{"chacha20-poly1305", "chacha20-poly1305", "stream", 1018, 1, 12, 32}, {"des-ede", "des-ede", "ecb", 32, 8, 0, 16},
	{"des-ede-cbc", "des-ede-cbc", "cbc", 43, 8, 8, 16}, {"des-ede-cfb", "des-ede-cfb", "cfb", 60, 1, 8, 16},
	{"des-ede-ecb", "des-ede", "ecb", 32, 8, 0, 16}, {"des-ede-ofb", "des-ede-ofb", "ofb", 62, 1, 8, 16},
	{"des-ede3", "des-ede3", "ecb", 33, 8, 0, 24}, {"des-ede3-cbc", "des-ede3-cbc", "cbc", 44, 8, 8, 24},
	{"des-ede3-cfb", "des-ede3-cfb", "cfb", 61, 1, 8, 24}, {"des-ede3-cfb1", "des-ede3-cfb1", "cfb", 658, 1, 8, 24},
	{"des-ede3-cfb8", "des-ede3-cfb8", "cfb", 659, 1, 8, 24}, {"des-ede3-ecb", "des-ede3", "ecb", 33, 8, 0, 24},
	{"des-ede3-ofb", "des-ede3-ofb", "ofb", 63, 1, 8, 24}, {"des3", "des-ede3-cbc", "cbc", 44, 8, 8, 24},
	{"des3-wrap", "id-smime-alg-cms3deswrap", "wrap", 246, 8, 0, 24}, {"id-aes128-CCM", "id-aes128-ccm", "ccm", 896, 1, 12, 16},
	{"id-aes128-GCM", "id-aes128-gcm", "gcm", 895, 1, 12, 16}, {"id-aes128-wrap", "id-aes128-wrap", "wrap", 788, 8, 8, 16},
	{"id-aes128-wrap-pad", "id-aes128-wrap-pad", "wrap", 897, 8, 4, 16},
	{"id-aes192-CCM", "id-aes192-ccm", "ccm", 899, 1, 12, 24}, {"id-aes192-GCM", "id-aes192-gcm", "gcm", 898, 1, 12, 24},
	{"id-aes192-wrap", "id-aes192-wrap", "wrap", 789, 8, 8, 24},
	{"id-aes192-wrap-pad", "id-aes192-wrap-pad", "wrap", 900, 8, 4, 24},
	{"id-aes256-CCM", "id-aes256-ccm", "ccm", 902, 1, 12, 32}, {"id-aes256-GCM", "id-aes256-gcm", "gcm", 901, 1, 12, 32},
	{"id-aes256-wrap", "id-aes256-wrap", "wrap", 790, 8, 8, 32},
	{"id-aes256-wrap-pad", "id-aes256-wrap-pad", "wrap", 903, 8, 4, 32},
	{"id-smime-alg-CMS3DESwrap", "id-smime-alg-cms3deswrap", "wrap", 246, 8, 0, 24},
}

// findCipher finds a cipher by name.
func findCipher(name string) (cipherInfo, bool) {
	for _, c := range ciphers {
		if strings.EqualFold(c.name, name) {
			return c, true
		}
	}
	return cipherInfo{}, false
}

func (c cipherInfo) isChaChaPoly() bool { return c.canonical == "chacha20-poly1305" }

// authenticated tells whether the cipher has a tag.
func (c cipherInfo) authenticated() bool {
	return c.mode == "gcm" || c.mode == "ccm" || c.mode == "ocb" || c.isChaChaPoly()
}

// fitsIV tells whether a vector may be that long.
func (c cipherInfo) fitsIV(n int) bool {
	switch {
	case c.mode == "gcm":
		return n > 0
	case c.mode == "ccm":
		return n >= 7 && n <= 13
	case c.mode == "ocb":
		return n >= 1 && n <= 15
	}
	return n == c.iv
}

// fitsTag tells whether the cipher may be made for tags of that length.
func (c cipherInfo) fitsTag(n int) bool {
	switch c.mode {
	case "gcm":
		return n == 4 || n == 8 || n >= 12 && n <= 16
	case "ccm":
		return n >= 4 && n <= 16 && n%2 == 0
	case "ocb":
		return n >= 0 && n <= 16
	}
	return n >= 1 && n <= 16
}
