package fetch

import (
	"bytes"
	"compress/flate"
	"fmt"
	"strings"
	"testing"
)

// plainFrame is a frame as a server sends it.
func plainFrame(first byte, payload string) []byte {
	n := len(payload)
	switch {
	case n <= 125:
		return append([]byte{first, byte(n)}, payload...)
	case n <= 65535:
		return append([]byte{first, 126, byte(n >> 8), byte(n)}, payload...)
	}
	return append([]byte{first, 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, payload...)
}

func feedAll(r *receiver, data []byte, size int) string {
	var out []string
	for len(data) > 0 {
		n := min(size, len(data))
		for _, one := range r.feed(data[:n]) {
			payload := string(one.payload)
			if len(payload) > 20 {
				payload = fmt.Sprintf("%d bytes", len(payload))
			}
			out = append(out, fmt.Sprintf("%d %s %d %s", one.opcode, payload, one.code, one.reason))
		}
		data = data[n:]
	}
	return strings.Join(out, "; ")
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestReceiver(t *testing.T) {
	for _, c := range []struct {
		in   []byte
		want string
	}{
		{plainFrame(0x81, "hi"), "1 hi 0 "},
		{plainFrame(0x82, ""), "2  0 "},
		{plainFrame(0x81, strings.Repeat("x", 126)), "1 126 bytes 0 "},
		{plainFrame(0x82, strings.Repeat("x", 70000)), "2 70000 bytes 0 "},
		{join(plainFrame(0x01, "a"), plainFrame(0x89, "p"), plainFrame(0x00, "b"), plainFrame(0x80, "c")), "9 p 0 ; 1 abc 0 "},
		{plainFrame(0x88, ""), "8  0 "},
		{join(plainFrame(0x88, "\x03\xe8bye"), plainFrame(0x81, "late")), "8 \x03\xe8bye 1000 bye"},
		{plainFrame(0x88, "\x03"), "0  1002 Received close frame with a 1-byte body."},
		{plainFrame(0x88, "\x03\xed"), "0  1002 Invalid status code"},
		{plainFrame(0x88, "\x03\xe8\xff"), "0  1007 Invalid UTF-8"},
		{plainFrame(0x81, "\xff"), "0  1007 Received invalid UTF-8 in text frame."},
		{plainFrame(0x81, "\ufeffx"), "1 x 0 "},
		{plainFrame(0x83, ""), "0  1002 Invalid opcode received"},
		{plainFrame(0xc1, ""), "0  1002 Expected RSV1 to be clear."},
		{plainFrame(0xa1, ""), "0  1002 RSV1, RSV2, RSV3 must be clear"},
		{plainFrame(0x09, ""), "0  1002 Invalid frame type was fragmented."},
		{plainFrame(0x80, ""), "0  1002 Unexpected continuation frame"},
		{join(plainFrame(0x01, ""), plainFrame(0x81, "")), "0  1002 Expected continuation frame"},
		{[]byte{0x81, 0x80}, "0  1002 Frame cannot be masked"},
		{[]byte{0x89, 126}, "0  1002 Control frame either too large or fragmented"},
		{[]byte{0x82, 127, 0, 0, 0, 0, 0x80, 0, 0, 0}, "0  1009 Received payload length > 2^31 bytes."},
		{[]byte{0x82, 127, 0, 0, 0, 0, 0x70, 0, 0, 0}, "0  1009 Payload size exceeds maximum allowed size"},
	} {
		for _, size := range []int{1, 3, 1 << 20} {
			if got := feedAll(&receiver{}, c.in, size); got != c.want {
				t.Errorf("%x in pieces of %d:\n got %q\nwant %q", c.in[:min(len(c.in), 20)], size, got, c.want)
			}
		}
	}
}

func TestMask(t *testing.T) {
	for n := range 40 {
		payload := []byte(strings.Repeat("0123456789", 4)[:n])
		frame := appendFrame(nil, opBinary, payload)
		if frame[1] != 0x80|byte(n) {
			t.Fatalf("length of %d: %x", n, frame[1])
		}
		mask(frame[6:], [4]byte(frame[2:6]))
		if !bytes.Equal(frame[6:], payload) {
			t.Errorf("%q", frame[6:])
		}
	}
}

func TestInflater(t *testing.T) {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 9)
	r := &receiver{inflate: &inflater{}}
	for i := range 50 {
		text := strings.Repeat(fmt.Sprintf("message %d and what all of them have in common; ", i/10), 100)
		packed.Reset()
		w.Write([]byte(text))
		w.Flush()
		data := strings.TrimSuffix(packed.String(), "\x00\x00\xff\xff")
		half := len(data) / 2
		all := r.feed(join(plainFrame(0x41, data[:half]), plainFrame(0x80, data[half:])))
		if len(all) != 1 || string(all[0].payload) != text {
			t.Fatalf("message %d: %v", i, all)
		}
	}
	if all := r.feed(plainFrame(0xc1, "\xff\xff")); len(all) != 1 || all[0].code != 1007 {
		t.Errorf("%v", all)
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add(plainFrame(0x81, "hi"), true)
	f.Fuzz(func(_ *testing.T, data []byte, packs bool) {
		r := &receiver{}
		if packs {
			r.inflate = &inflater{}
		}
		feedAll(r, data, 7)
	})
}
