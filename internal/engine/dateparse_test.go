package engine

import (
	"fmt"
	"testing"
)

func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-06":                    "2024-5-6 0:0:0.0 +0",
		"2024-05-06T07:08":              "2024-5-6 7:8:0.0 local",
		"2024-05-06T07:08:09.5+02:00":   "2024-5-6 7:8:9.500 +7200",
		"2024-05-06 07:08:09 +0200":     "2024-5-6 7:8:9.0 +7200",
		"-002024-05-06T00:00Z":          "-2024-5-6 0:0:0.0 +0",
		"-000000-01-01T00:00Z":          "invalid",
		"2024-05-06T24:01":              "invalid",
		"2024-05-06T7:08":               "invalid",
		"05/2024":                       "invalid",
		"13/05/2024":                    "invalid",
		"6/5/24":                        "2024-6-5 0:0:0.0 local",
		"6 May 75":                      "1975-5-6 0:0:0.0 local",
		"May 6":                         "2001-5-6 0:0:0.0 local",
		"Jun 32 2024":                   "invalid",
		"Mon, 06 May 2024 07:08:09 GMT": "2024-5-6 7:8:9.0 +0",
		"May 6, 2024 07:08 UTC+3":       "2024-5-6 7:8:0.0 +10800",
		"5/6/2024, 7:08:09 PM":          "2024-5-6 19:8:9.0 local",
		"6th May 2024":                  "invalid",
		"(a comment) 2024/5/6":          "2024-5-6 0:0:0.0 local",
		"now":                           "invalid",
		"":                              "invalid",
	} {
		p, offset, local, ok := parseDate(text)
		got := "invalid"
		if ok {
			zone := fmt.Sprintf("%+d", offset)
			if local {
				zone = "local"
			}
			got = fmt.Sprintf("%d-%d-%d %d:%d:%d.%d %s", p[0], p[1], p[2], p[3], p[4], p[5], p[6], zone)
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
