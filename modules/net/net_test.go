package net

import (
	"net/netip"
	"testing"
)

func TestIPVersion(t *testing.T) {
	for s, want := range map[string]int{
		"127.0.0.1": 4, "255.255.255.255": 4, "0.0.0.0": 4, "::1": 6, "::": 6, "fe80::1%eth0": 6, "::ffff:1.2.3.4": 6, "1:2:3:4:5:6:7::": 6,
		"": 0, "x": 0, "127.0.0": 0, "127.0.0.01": 0, "256.0.0.1": 0, "1.2.3.4%x": 0, "::1%": 0, "::1%e/0": 0, ":::1": 0, "1:2:3:4:5:6:7:8::": 0,
		" 1.2.3.4": 0, "[::1]": 0,
	} {
		t.Run(s, func(t *testing.T) {
			if got := ipVersion(s); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		})
	}
}

func TestRule(t *testing.T) {
	subnet := netip.MustParsePrefix("10.1.0.0/15").Masked()
	r := rule{lo: subnet.Addr(), hi: lastOf(subnet)}
	for s, want := range map[string]bool{
		"10.0.0.0": true, "10.1.255.255": true, "10.2.0.0": false, "9.255.255.255": false, "::ffff:10.1.2.3": true, "::ffff:11.1.2.3": false, "::1": false,
	} {
		t.Run(s, func(t *testing.T) {
			if got := r.matches(netip.MustParseAddr(s)); got != want {
				t.Errorf("got %v", got)
			}
		})
	}
}
