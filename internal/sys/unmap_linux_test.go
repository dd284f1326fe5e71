package sys

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// What is taken out of memory comes back when it is needed, and nothing else goes.
func TestUnmapProgram(t *testing.T) {
	mapped := func() int {
		text, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip(err)
		}
		n, _ := strconv.Atoi(string(regexp.MustCompile(`RssFile:\s*(\d+)`).FindSubmatch(text)[1]))
		return n
	}
	before, kept := mapped(), strconv.Itoa(12345)
	UnmapProgram()
	if after := mapped(); after >= before || kept != "12345" {
		t.Errorf("%d KB of files are mapped, before %d", after, before)
	}
}
