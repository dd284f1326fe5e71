// Command reload hammers a cluster while its workers are replaced or killed, and counts what clients notice of it.
//
//	go run ./bench/reload -runtime ./gonode [-tls] [-pipeline 4] [-reloads 12] [-for 5s]
//	go run ./bench/reload -runtime ./gonode -kill 500ms -for 10s
//	go run ./bench/reload -runtime ./gonode -serve [-websockets 200]
//	go run ./bench/reload -runtime ./gonode -serve -soak -for 1h
//	go run ./bench/reload -runtime ./gonode -serve -respawn 20 [-workers 8]
//
// The last says how long it takes until all workers listen, and until one listens again that was killed, and what memory the idle
// tree has: no clients.
//
// A request is failed when its connection ends before its answer without an answer having said `Connection: close` (a client
// may then repeat what is unanswered, which is counted as repeated: RFC 9112, 9.3.2). A connection that is refused is counted apart.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	runtimePath = flag.String("runtime", "gonode", "the runtime under test")
	secure      = flag.Bool("tls", false, "https")
	pipeline    = flag.Int("pipeline", 1, "requests that are sent at once on each connection")
	clients     = flag.Int("clients", 16, "keep-alive clients")
	workers     = flag.Int("workers", 4, "workers of the cluster")
	reloads     = flag.Int("reloads", 12, "rolling reloads, spread over the time")
	kill        = flag.Duration("kill", 0, "how often a random worker is killed, instead of reloads")
	duration    = flag.Duration("for", 5*time.Second, "how long")
	supervised  = flag.Bool("serve", false, "the workers of gonode serve, instead of a cluster of the program's own")
	websockets  = flag.Int("websockets", 0, "WebSockets that stay open, beside the clients")
	respawn     = flag.Int("respawn", 0, "how many workers to kill, one after the other, while nothing else happens")
	soaking     = flag.Bool("soak", false, "reloads every 30 s, kills every 20 s and a leak that meets the memory limit, at a part of the load; needs -serve")
	restarts    = flag.Int("restarts", 0, "how often workers that end at once are restarted, with -lines each, instead of all else")
	lines       = flag.Int("lines", 10, "see -restarts")
	running     = flag.String("at", "", "the address of a program that runs already, under whatever keeps it running, in place of -runtime")
	reloadBy    = flag.String("reload", "", "the shell command that reloads it")
	verbose     = flag.Bool("v", false, "say what failed")
)

//go:embed cluster.js
var program []byte

var served, failed, repeated, refused, connections atomic.Int64

func main() {
	goruntime.LockOSThread()
	log.SetFlags(0)
	flag.Parse()
	switch {
	case *running != "":
		other()
		return
	case *restarts > 0:
		flat()
		return
	}
	dir, err := os.MkdirTemp("", "reload")
	check(err)
	defer os.RemoveAll(dir)
	check(os.WriteFile(filepath.Join(dir, "cluster.js"), program, 0o666))
	check(os.WriteFile(filepath.Join(dir, "key.pem"), key(), 0o600))

	args := []string{filepath.Join(dir, "cluster.js"), fmt.Sprint(*workers), fmt.Sprint(*secure)}
	if *supervised {
		args = append([]string{"serve", "--socket", filepath.Join(dir, "socket"), "--workers", fmt.Sprint(*workers)}, args...)
		if *soaking {
			args = append([]string{args[0], "--max-memory", "100M"}, args[1:]...)
		}
	}
	cmd := exec.Command(*runtimePath, args...)
	cmd.Stderr = os.Stderr
	dieWithMain(cmd)
	if *soaking {
		cmd.Env = append(os.Environ(), fmt.Sprint("LEAK=", leak))
	}
	stdin, err := cmd.StdinPipe()
	check(err)
	stdout, err := cmd.StdoutPipe()
	check(err)
	started := time.Now()
	check(cmd.Start())
	lines := bufio.NewScanner(stdout)
	next := func() string {
		if !lines.Scan() {
			log.Fatal("the cluster ended")
		}
		return lines.Text()
	}
	listening := func() (port string, pid int) {
		fields := strings.Fields(next())
		if len(fields) < 2 || fields[0] != "listening" {
			log.Fatal(fields)
		}
		if len(fields) > 2 {
			pid, _ = strconv.Atoi(fields[2])
		}
		return fields[1], pid
	}
	port, pid := listening()
	address := "127.0.0.1:" + port
	if *supervised {
		pids := []int{pid}
		for range *workers - 1 {
			_, pid := listening()
			pids = append(pids, pid)
		}
		fmt.Printf("%d workers listen after %v\n", *workers, time.Since(started).Round(time.Millisecond))
		if *respawn > 0 {
			idle(cmd.Process.Pid, pids, func() int { _, pid := listening(); return pid })
			check(cmd.Process.Signal(syscall.SIGTERM))
			check(cmd.Wait())
			return
		}
		for _, pid := range pids {
			alive.Store(pid, nil)
		}
		go func() {
			for lines.Scan() {
				if fields := strings.Fields(lines.Text()); len(fields) == 3 {
					pid, _ := strconv.Atoi(fields[2])
					alive.Store(pid, nil)
				}
			}
		}()
	}

	var clientsDone sync.WaitGroup
	stop := make(chan struct{})
	for range *websockets {
		clientsDone.Go(func() { websocket(address, stop) })
	}
	for i := range *clients {
		clientsDone.Go(func() { client(i, address, stop) })
	}
	began, events := time.Now(), 0
	end := time.After(*duration)
	command := func(name string) { fmt.Fprintln(stdin, name) }
	if *supervised {
		command = func(name string) {
			if name == "kill" {
				killAny()
				return
			}
			if text, err := exec.Command(*runtimePath, "reload", "--socket", filepath.Join(dir, "socket")).CombinedOutput(); err != nil {
				log.Fatalf("%v: %s", err, text)
			}
		}
	}
	if *soaking {
		events = soak(cmd.Process.Pid, command, end)
	} else if *kill > 0 {
		tick := time.NewTicker(*kill)
	loop:
		for {
			select {
			case <-end:
				break loop
			case <-tick.C:
				command("kill")
				events++
			}
		}
	} else {
		for events < *reloads {
			command("reload")
			if !*supervised {
				if line := next(); line != "reloaded" {
					log.Fatal(line)
				}
			}
			events++
			time.Sleep(time.Until(began.Add(*duration * time.Duration(events) / time.Duration(max(*reloads, 1)))))
		}
		<-end
	}
	took := time.Since(began)
	close(stop)
	clientsDone.Wait()
	stdin.Close()
	if *supervised {
		cmd.Process.Signal(syscall.SIGTERM)
	}
	usage := "?"
	if err := cmd.Wait(); err == nil {
		usage = cmd.ProcessState.SystemTime().String()
	}
	var all syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &all) == nil {
		usage = fmt.Sprint((time.Duration(all.Utime.Nano() + all.Stime.Nano())).Round(10 * time.Millisecond))
	}
	fmt.Printf("%d events in %v: %d served, %d failed, %d repeated, %d refused, %d connections, CPU %s\n",
		events, took.Round(10*time.Millisecond), served.Load(), failed.Load(), repeated.Load(), refused.Load(), connections.Load(), usage)
	if *websockets > 0 {
		fmt.Printf("WebSockets: %d opened, %d closed with 1001, %d lost\n", opened.Load(), goneAway.Load(), lost.Load())
	}
	if refused.Load() > 0 || *soaking && unexplained.Load() > 0 {
		os.Exit(1)
	}
	if *soaking {
		return
	}
	if *kill == 0 && lost.Load() > 0 || *kill == 0 && failed.Load() > 0 {
		os.Exit(1)
	}
}

var alive sync.Map // workers of the supervisor's, by process number

func killAny() {
	alive.Range(func(pid, _ any) bool {
		alive.Delete(pid)
		killed.Store(time.Now().UnixNano())
		return syscall.Kill(pid.(int), syscall.SIGKILL) != nil
	})
}

// client sends requests on one connection after another until stop.
func client(i int, address string, stop chan struct{}) {
	var again []string
	for n := 0; ; {
		conn, err := dial(address)
		if err != nil {
			refused.Add(1)
			if *verbose {
				log.Print(err)
			}
			time.Sleep(5 * time.Millisecond)
		} else {
			connections.Add(1)
			again, n, err = use(conn, again, i, n, stop)
			conn.Close()
			if err != nil {
				failed.Add(int64(len(again)))
				if since := time.Since(time.Unix(0, killed.Load())); since > time.Second {
					unexplained.Add(int64(len(again)))
				}
				if *verbose {
					log.Printf("%v, %d unanswered, first %s", err, len(again), again[0])
				}
				again = nil
			}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

func dial(address string) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err == nil && *secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	return conn, err
}

var errEnded = errors.New("ended before the answer")

// use sends batches on a connection until it is to end. It returns what is to be sent again; with an error, what is lost.
func use(conn net.Conn, batch []string, i, n int, stop chan struct{}) ([]string, int, error) {
	in := bufio.NewReader(conn)
	for {
		select {
		case <-stop:
			return nil, n, nil
		default:
		}
		for len(batch) < *pipeline {
			n++
			batch = append(batch, fmt.Sprintf("/%d-%d", i, n))
		}
		var out strings.Builder
		for _, path := range batch {
			fmt.Fprintf(&out, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(conn, out.String()); err != nil {
			return batch, n, err
		}
		for len(batch) > 0 {
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				return batch, n, fmt.Errorf("%w: %v", errEnded, err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return batch, n, err
			}
			if res.StatusCode != 200 || string(body) != batch[0] {
				return batch, n, fmt.Errorf("answer %d %q", res.StatusCode, body)
			}
			served.Add(1)
			batch = batch[1:]
			if res.Close {
				repeated.Add(int64(len(batch)))
				return batch, n, nil
			}
		}
		if *soaking {
			time.Sleep(time.Duration(mathrand.IntN(2*soakPause)) * time.Millisecond)
		} else if mathrand.IntN(50) == 0 {
			time.Sleep(time.Duration(mathrand.IntN(20)) * time.Millisecond)
		}
	}
}

func key() []byte {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	t := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, &t, &t, private.Public(), private)
	check(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	check(err)
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
