package errs

import (
	"io"
	"os"
	"sort"
	"syscall"
	"testing"
)

func message(t *testing.T, want, code string, args ...any) {
	t.Helper()
	t.Run(want, func(t *testing.T) {
		d, ok := Lookup(code)
		if !ok {
			t.Fatalf("%s is not in the table", code)
		}
		if got := d.Format(args...); got != want {
			t.Errorf("got %s", got)
		}
	})
}

func TestMessages(t *testing.T) {
	message(t, `The "path" argument must be of type string. Received undefined`, "ERR_INVALID_ARG_TYPE", "path", "string", "undefined")
	message(t, `The "options.fd" property must be one of type number or string. Received null`, "ERR_INVALID_ARG_TYPE", "options.fd", []string{"number", "string"}, "null")
	message(t, `The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received type number (1)`,
		"ERR_INVALID_ARG_TYPE", "first argument", []string{"string", "Buffer", "ArrayBuffer", "Array", "Array-like Object"}, "type number (1)")
	message(t, `The "a" argument must be an instance of URL or Object. Received null`, "ERR_INVALID_ARG_TYPE", "a", []string{"object", "URL"}, "null")
	message(t, `The argument 'flag' is invalid. Received 'q'`, "ERR_INVALID_ARG_VALUE", "flag", "'q'")
	message(t, `The property 'options.family' must be one of: 0, 4, 6. Received 9`, "ERR_INVALID_ARG_VALUE", "options.family", "9", "must be one of: 0, 4, 6")
	message(t, `The value of "size" is out of range. It must be >= 0 && <= 9. Received -1`, "ERR_OUT_OF_RANGE", "size", ">= 0 && <= 9", -1)
	message(t, `The "a", "b" or "c", and "d" arguments must be specified`, "ERR_MISSING_ARGS", "a", []string{"b", "c"}, "d")
	message(t, `options.port should be >= 0 and < 65536. Received type number (-1).`, "ERR_SOCKET_BAD_PORT", "options.port", "type number (-1)")
	message(t, `Invalid "exports" main target "x.js" defined in the package config /p/package.json; targets must start with "./"`,
		"ERR_INVALID_PACKAGE_TARGET", "/p/", ".", `"x.js"`)
	message(t, `Package subpath './x' is not defined by "exports" in /p/package.json imported from /a.mjs`, "ERR_PACKAGE_PATH_NOT_EXPORTED", "/p/", "./x", "/a.mjs")
	message(t, `Cannot set headers after they are sent to the client`, "ERR_HTTP_HEADERS_SENT", "set")
	message(t, `Invalid value "undefined" for header "x"`, "ERR_HTTP_INVALID_HEADER_VALUE", "undefined", "x")
	message(t, `Unhandled error. (3)`, "ERR_UNHANDLED_ERROR", 3)
	message(t, `Unhandled error.`, "ERR_UNHANDLED_ERROR")
	message(t, `No such built-in module: node:x`, "ERR_UNKNOWN_BUILTIN_MODULE", "node:x")
}

func TestCodesSortedAndVerbsKnown(t *testing.T) {
	if !sort.StringsAreSorted(Codes()) {
		t.Error("codes.go is not in alphabetical order: Lookup would miss some")
	}
	for _, c := range Codes() {
		d, _ := Lookup(c)
		if d.Code != c || (d.compose == nil) == (d.Message == "") {
			t.Errorf("%s has neither or both of message and compose", c)
		}
	}
	d, _ := Lookup("ERR_TLS_INVALID_PROTOCOL_VERSION")
	if d.ArgKind(0) != JSON || d.ArgKind(1) != Text || d.ArgKind(2) != Text {
		t.Error("kinds of ERR_TLS_INVALID_PROTOCOL_VERSION")
	}
}

func TestErrno(t *testing.T) {
	_, err := os.Open("/nonexistent/x")
	e, ok := Of(err)
	if !ok || e.SystemMessage("open", "/nonexistent/x", "") != "ENOENT: no such file or directory, open '/nonexistent/x'" {
		t.Errorf("open: %+v", e)
	}
	if e, _ := Of(syscall.ECONNREFUSED); e.HostMessage("connect", "127.0.0.1", 80, false) != "connect ECONNREFUSED 127.0.0.1:80" {
		t.Errorf("connect: %+v", e)
	}
	if e, _ := Of(io.EOF); e.Number != EOF {
		t.Errorf("EOF: %+v", e)
	}
	if e, _ := ByNumber(EAI_AGAIN); e.Name != "EAI_AGAIN" {
		t.Errorf("EAI_AGAIN: %+v", e)
	}
	if e, ok := ByNumber(-12345); ok || e.Number != -12345 {
		t.Errorf("unknown: %+v", e)
	}
}

func TestGroupDigits(t *testing.T) {
	for in, want := range map[string]string{"1": "1", "-123": "-123", "4294967297": "4_294_967_297", "-123456": "-123_456"} {
		if got := GroupDigits(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
