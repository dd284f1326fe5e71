package http1

import "slices"

// Method is a request method the parser knows; its String is the token itself.
type Method uint8

// The methods with a meaning of their own to the codec.
const (
	MethodNone Method = iota
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodDelete
	MethodConnect
	MethodOptions
	methodPri
	methodSource
)

// methodNames holds HTTP's own methods first, then those only RTSP has: they are recognised, so
// that the error is the version's and not the method's.
var methodNames = [...]string{
	"", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "PRI", "SOURCE",
	"ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL",
	"MOVE", "NOTIFY", "PATCH", "PROPFIND", "PROPPATCH", "PURGE", "QUERY", "REBIND", "REPORT", "SEARCH",
	"SUBSCRIBE", "TRACE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE",
	"DESCRIBE", "ANNOUNCE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER",
	"REDIRECT", "RECORD", "FLUSH",
}

// firstRTSP is the first method in methodNames that HTTP does not have.
var firstRTSP = Method(len(methodNames) - 11)

func (m Method) String() string { return methodNames[m] }

func (m Method) isHTTP() bool { return m < firstRTSP }

func (m Method) isRTSP() bool {
	return m >= firstRTSP || m == MethodOptions || m == MethodGet || m == MethodPost
}

// Methods is http.METHODS: every HTTP method the parser accepts, sorted.
var Methods = [...]string{
	"ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "M-SEARCH", "MERGE",
	"MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH",
	"PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK",
	"UNLOCK", "UNSUBSCRIBE",
}

// numbered are the methods in the order of the numbers that Node's parser gives them.
var numbered = [...]string{
	"DELETE", "GET", "HEAD", "POST", "PUT", "CONNECT", "OPTIONS", "TRACE", "COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH",
	"SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND", "ACL", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY",
	"SUBSCRIBE", "UNSUBSCRIBE", "PATCH", "PURGE", "MKCALENDAR", "LINK", "UNLINK", "SOURCE", "PRI", "DESCRIBE", "ANNOUNCE", "SETUP",
	"PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER", "REDIRECT", "RECORD", "FLUSH", "QUERY",
}

// Number is the number that Node's parser gives a method.
func (m Method) Number() int { return slices.Index(numbered[:], m.String()) }

// Numbered returns the methods of HTTP itself in the order of their numbers.
func Numbered() []string {
	return slices.Concat(numbered[:34], numbered[len(numbered)-1:])
}

// Character classes of the grammar, one bit each.
const (
	cToken     = 1 << iota // RFC 9110 token
	cURL                   // path, query and fragment of a request target
	cServer                // authority of a request target
	cValue                 // field value: HTAB, SP, VCHAR, obs-text
	cListToken             // field value without the comma
	cQuoted                // qdtext of a quoted chunk extension
	cAlpha
)

var class = func() (t [256]uint8) {
	set := func(bit uint8, chars string) {
		for i := 0; i < len(chars); i++ {
			t[chars[i]] |= bit
		}
	}
	const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	set(cAlpha, alnum[:52])
	set(cToken, alnum+"!#$%&'*+-.^_`|~")
	set(cURL, alnum+"!\"$%&'()*+,-./:;<=>@[\\]^_`{|}~")
	set(cServer, alnum+"-_.!~*'()%;:&=+$,[]")
	for c := 0; c < 256; c++ {
		if c == '\t' || c >= ' ' && c != 0x7f {
			t[c] |= cValue
			if c != ',' {
				t[c] |= cListToken
			}
			if c != '"' && c != '\\' {
				t[c] |= cQuoted
			}
		}
	}
	return
}()

func unhex(c byte) (uint64, bool) {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0'), true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return uint64(c | 0x20 - 'a' + 10), true
	}
	return 0, false
}

// StatusText returns the standard reason phrase of a status code as http.STATUS_CODES has it, or "".
func StatusText(code int) string {
	i, j := 0, len(statusTable)
	for i < j {
		if h := (i + j) / 2; statusTable[h].Code < code {
			i = h + 1
		} else {
			j = h
		}
	}
	if i < len(statusTable) && statusTable[i].Code == code {
		return statusTable[i].Text
	}
	return ""
}

// Status is a row of http.STATUS_CODES.
type Status struct {
	Code int
	Text string
}

// Statuses returns http.STATUS_CODES in ascending order.
func Statuses() []Status { return statusTable[:] }

var statusTable = [...]Status{
	{100, "Continue"},
	{101, "Switching Protocols"},
	{102, "Processing"},
	{103, "Early Hints"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{203, "Non-Authoritative Information"},
	{204, "No Content"},
	{205, "Reset Content"},
	{206, "Partial Content"},
	{207, "Multi-Status"},
	{208, "Already Reported"},
	{226, "IM Used"},
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{305, "Use Proxy"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Payload Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{418, "I'm a Teapot"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Entity"},
	{423, "Locked"},
	{424, "Failed Dependency"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{506, "Variant Also Negotiates"},
	{507, "Insufficient Storage"},
	{508, "Loop Detected"},
	{509, "Bandwidth Limit Exceeded"},
	{510, "Not Extended"},
	{511, "Network Authentication Required"},
}

// Latin1 returns the bytes as a Go (UTF-8) string, each byte one code point, as Node reads heads.
func Latin1(b []byte) string {
	for i, c := range b {
		if c >= 0x80 {
			r := make([]rune, len(b))
			for j, c := range b[:i] {
				r[j] = rune(c)
			}
			for j := i; j < len(b); j++ {
				r[j] = rune(b[j])
			}
			return string(r)
		}
	}
	return string(b)
}
