package engine

import (
	"fmt"
	"testing"

	"github.com/dop251/goja"
)

// The literals are JavaScript; what they become is what Node's Buffer.from gives.
func TestEncodeString(t *testing.T) {
	e := testEngine(t)
	test := func(literal string, enc Encoding, want string) {
		t.Run(enc.String()+" "+literal, func(t *testing.T) {
			v, err := e.VM().RunString(literal)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", EncodeString(v, enc)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if enc != Base64 && enc != Base64URL && enc != Hex {
				if n := EncodedLen(v, enc); n != len(want)/2 {
					t.Errorf("length %d, want %d", n, len(want)/2)
				}
			}
		})
	}
	test(`'abc'`, UTF8, "616263")
	test(`'h\u00e9\u20ac'`, UTF8, "68c3a9e282ac")
	test(`'\ud83d\ude00'`, UTF8, "f09f9880")
	test(`'a\ud83d'`, UTF8, "61efbfbd")
	test(`'\ude00\ud83d'`, UTF8, "efbfbdefbfbd")
	test(`'h\u20ac'`, UTF16LE, "6800ac20")
	test(`'ab'`, UTF16LE, "61006200")
	test(`'\u00e9\u20ac'`, Latin1, "e9ac")
	test(`'YQ==YQ=='`, Base64, "61")
	test(`'Y Q\n-_+/'`, Base64, "610fbffb")
	test(`'YWJj'`, Base64URL, "616263")
	test(`'YWJ'`, Base64, "6162")
	test(`'a'`, Base64, "")
	test(`'abc'`, Hex, "ab")
	test(`'abxx12'`, Hex, "ab")
	test(`'ABCD'`, Hex, "abcd")
}

// The results are JSON of the string that Node's toString gives.
func TestDecodeString(t *testing.T) {
	e := testEngine(t)
	stringify, _ := goja.AssertFunction(e.VM().Get("JSON").(*goja.Object).Get("stringify"))
	test := func(data string, enc Encoding, want string) {
		t.Run(fmt.Sprintf("%v %x", enc, data), func(t *testing.T) {
			v, _ := stringify(nil, e.DecodeString([]byte(data), enc))
			if got := v.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	test("plain text that is longer than sixteen bytes", UTF8, `"plain text that is longer than sixteen bytes"`)
	test("h\u20ac and more than sixteen bytes", UTF8, "\"h\u20ac and more than sixteen bytes\"")
	test("\xff\xe2\x82A\xf0\x9f\x98", UTF8, `"`+"\ufffd\ufffdA\ufffd"+`"`)
	test("\xed\xa0\x80", UTF8, `"`+"\ufffd\ufffd\ufffd"+`"`)
	test("\xc0\x80\xf5", UTF8, `"`+"\ufffd\ufffd\ufffd"+`"`)
	test("h\x00\xac\x20\x01", UTF16LE, "\"h\u20ac\"")
	test("\xe9a", Latin1, `"éa"`)
	test("\xe9a", ASCII, `"ia"`)
	test("ab", Base64, `"YWI="`)
	test("\xfb\xff", Base64URL, `"-_8"`)
	test("\x00\xff", Hex, `"00ff"`)
}

func TestEncodeIntoKeepsCharactersWhole(t *testing.T) {
	e := testEngine(t)
	v, _ := e.VM().RunString(`'a\u20ac\u20ac'`)
	dst := make([]byte, 6)
	if n := EncodeInto(dst, v, UTF8); n != 4 {
		t.Errorf("wrote %d bytes, want 4", n)
	}
	if n := EncodeInto(dst[:3], v, UTF16LE); n != 2 {
		t.Errorf("wrote %d bytes, want 2", n)
	}
}
