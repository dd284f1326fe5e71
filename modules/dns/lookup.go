package dns

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// The errors of getaddrinfo as libuv numbers them.
const (
	eaiAddrFamily = -3000
	eaiAgain      = -3001
	eaiNoName     = -3008
)

// The hints of getaddrinfo.
const (
	v4Mapped   = 8
	all        = 16
	addrConfig = 32
)

// lookupFunc is what (*net.Resolver).LookupNetIP does.
type lookupFunc func(ctx context.Context, network, name string) ([]netip.Addr, error)

// getaddrinfo looks a name up in the hosts file and the DNS. Any goroutine.
func getaddrinfo(resolve lookupFunc, name string, family, hints int, order string) ([]netip.Addr, int) {
	if ascii, err := idna.Punycode.ToASCII(name); err == nil {
		name = ascii
	}
	if a, ok := numbers(name); ok {
		if name = a.String(); family == 6 && hints&v4Mapped == 0 {
			return nil, eaiAddrFamily
		}
	}
	if family == 0 && hints&addrConfig != 0 {
		family = onlyFamily()
	}
	network := "ip"
	switch {
	case family == 4:
		network = "ip4"
	case family == 6 && hints&v4Mapped == 0:
		network = "ip6"
	}
	addrs, err := resolve(context.Background(), network, name)
	if err != nil {
		var dns *net.DNSError
		var addr *net.AddrError
		if errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &addr) {
			return nil, eaiNoName
		}
		return nil, eaiAgain
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap()
	}
	if network == "ip" && family == 6 {
		addrs = mapped(addrs, hints&all != 0)
	}
	switch order {
	case "ipv4first":
		sort.SliceStable(addrs, func(i, j int) bool { return addrs[i].Is4() && !addrs[j].Is4() })
	case "ipv6first":
		sort.SliceStable(addrs, func(i, j int) bool { return !addrs[i].Is4() && addrs[j].Is4() })
	}
	// The hosts file may name an address twice.
	unique := addrs[:0]
	seen := map[netip.Addr]bool{}
	for _, a := range addrs {
		if !seen[a] {
			seen[a] = true
			unique = append(unique, a)
		}
	}
	if len(unique) == 0 {
		return nil, eaiNoName
	}
	return unique, 0
}

// numbers reads an IPv4 address as inet_aton does: one to four numbers, also hexadecimal or octal ones, the last of which is the rest of
// the address.
func numbers(name string) (a netip.Addr, ok bool) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return a, false
	}
	var address uint64
	for i, part := range parts {
		if part == "" || part[0] < '0' || part[0] > '9' || strings.ContainsAny(part, "_oObB") {
			return a, false
		}
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		n, err := strconv.ParseUint(part, 0, bits)
		if err != nil {
			return a, false
		}
		address = address<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}), true
}

// mapped is V4MAPPED: IPv4 addresses in their IPv6 form when there are no others, or always with ALL.
func mapped(addrs []netip.Addr, always bool) []netip.Addr {
	var six, four []netip.Addr
	for _, a := range addrs {
		if a.Is4() {
			four = append(four, netip.AddrFrom16(a.As16()))
		} else {
			six = append(six, a)
		}
	}
	if len(six) > 0 && !always {
		return six
	}
	return append(six, four...)
}

// onlyFamily is ADDRCONFIG: the one family that this host has an address of besides the loopback, or 0.
func onlyFamily() int {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return 0
	}
	var four, six bool
	for _, x := range addrs {
		n, ok := x.(*net.IPNet)
		if !ok || n.IP.IsLoopback() {
			continue
		}
		if n.IP.To4() != nil {
			four = true
		} else {
			six = true
		}
	}
	switch {
	case four && !six:
		return 4
	case six && !four:
		return 6
	}
	return 0
}

// getnameinfo names an address and a port; what has no name stays a number. Any goroutine.
func getnameinfo(address string, port int) (host, service string) {
	host, service = address, strconv.Itoa(port)
	if a, err := netip.ParseAddr(address); err == nil {
		if names := hostsNames(a); len(names) > 0 {
			host = names[0]
		} else if names, err := (&net.Resolver{PreferGo: true}).LookupAddr(context.Background(), address); err == nil && len(names) > 0 {
			host = strings.TrimSuffix(names[0], ".")
		}
	}
	eachLine("/etc/services", func(fields []string) bool {
		if len(fields) > 1 && fields[1] == strconv.Itoa(port)+"/tcp" {
			service = fields[0]
			return false
		}
		return true
	})
	return host, service
}

// hostsNames are the names of an address in the hosts file, in its order.
func hostsNames(a netip.Addr) []string {
	var names []string
	eachLine("/etc/hosts", func(fields []string) bool {
		if b, err := netip.ParseAddr(fields[0]); err == nil && b == a {
			names = append(names, fields[1:]...)
		}
		return true
	})
	return names
}

// eachLine calls f with the fields of each line that is not a comment, while it returns true.
func eachLine(file string, f func(fields []string) bool) {
	r, err := os.Open(file)
	if err != nil {
		return
	}
	defer r.Close()
	for s := bufio.NewScanner(r); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "#")
		if fields := strings.Fields(line); len(fields) > 0 && !f(fields) {
			return
		}
	}
}
