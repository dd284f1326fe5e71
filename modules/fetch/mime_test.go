package fetch

import "testing"

func TestMIME(t *testing.T) {
	for in, want := range map[string]string{
		"text/html":                              "text/html",
		" TEXT/HTML ; Charset=x ":                "text/html;charset=x",
		`text/plain;a="b c";a=d`:                 `text/plain;a="b c"`,
		`text/plain;a="b\"c"`:                    `text/plain;a="b\"c"`,
		"text/plain;;=x;b;c=d":                   "text/plain;c=d",
		"text/plain;a=":                          "text/plain",
		`text/plain;a=""`:                        `text/plain;a=""`,
		"nonsense":                               "",
		"/x":                                     "",
		"a b/c":                                  "",
		"text/html;charset=x, text/html":         "text/html;charset=x",
		"text/html;charset=x, text/plain":        "text/plain",
		"text/plain, */*":                        "text/plain",
		`text/a;q="x,y", text/b`:                 "text/b",
		"multipart/form-data; boundary=----a, x": "multipart/form-data;boundary=----a",
	} {
		got := ""
		if m, ok := extractMIME(in); ok {
			got = m.String()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDataURL(t *testing.T) {
	for in, want := range map[string]string{
		"data:,a%20b%zz":                "text/plain;charset=US-ASCII a b%zz",
		"data:text/x;base64,aG k=":      "text/x hi",
		"data:text/x; base64 ,aGk":      "text/x hi",
		"data:text/x;BASE64,aGk":        "text/x hi",
		"data:;charset=q,":              "text/plain;charset=q ",
		"data:text/x;base64,a":          "",
		"data:text/x":                   "",
		"data:application/json,{\"a\"}": "application/json {\"a\"}",
	} {
		got := ""
		if m, data, ok := parseDataURL(in); ok {
			got = m.String() + " " + string(data)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestMultipart(t *testing.T) {
	const part = "--q\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n"
	for in, want := range map[string]int{
		"--q--":                         0,
		part + "--q--\r\n":              1,
		"\r\n" + part + part + "--q--":  2,
		part:                            -1,
		part + "--q":                    -1,
		"x\r\n" + part + "--q--":        1,
		"--q\r\n\r\nv\r\n--q--":         -1,
		"--q\r\nContent-Disposition: ":  -1,
		"--q\r\nno colon\r\n\r\n--q--":  -1,
		"--q \r\n" + part[5:] + "--q--": -1,
		"":                              -1,
	} {
		parts, err := parseMultipart([]byte(in), []byte("q"))
		if (err != nil) != (want < 0) || err == nil && len(parts) != want {
			t.Errorf("%q: %d parts, %v; want %d", in, len(parts), err, want)
		}
	}
}

func FuzzMultipart(f *testing.F) {
	f.Add([]byte("--q\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\nContent-Type: x/y\r\n\r\nv\r\n--q--"))
	f.Fuzz(func(_ *testing.T, data []byte) { parseMultipart(data, []byte("q")) })
}
