package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing/fstest"
	"time"

	"gonode/host"
	"gonode/runtime"
)

// A gateway: a script written for Node answers some of a Go server's requests, without a port of its own.
func ExampleProgram_Handler() {
	ctx := context.Background()
	scripts := fstest.MapFS{"app.js": {Data: []byte(`
		const http = require('http');
		http.createServer((req, res) => res.end('script: ' + req.method + ' ' + req.url)).listen(8080);`)}}
	p, err := host.NewEngine().New(ctx, host.Config{FS: scripts, Dir: "/"})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	mux := http.NewServeMux()
	mux.Handle("/app/", p.Handler(":8080")) // before the script listens
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "Go") })
	if _, err := p.Import(ctx, "./app.js"); err != nil {
		panic(err)
	}
	for _, path := range []string{"/", "/app/x?y=1"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Body)
	}
	// Output:
	// Go
	// script: GET /app/x?y=1
}

// Plug-ins: each has a program of its own, may use what the host exposes and nothing else, and is called for events.
func Example_plugins() {
	ctx := context.Background()
	eng := host.NewEngine()
	for name, text := range map[string]string{
		"shout.mjs": `export const onMessage = async (m) => store.put(m.text.toUpperCase())`,
	} {
		p, err := eng.New(ctx, host.Config{
			FS: fstest.MapFS{name: {Data: []byte(text)}}, Dir: "/", Env: []string{},
			Access: func(kind runtime.Access, resource string) error {
				if kind == runtime.AccessRead && resource == "/"+name {
					return nil // the plug-in itself
				}
				return os.ErrPermission
			},
			Limits: host.Limits{Memory: 64 << 20, Turn: time.Second},
		})
		if err != nil {
			panic(err)
		}
		defer p.Close()
		if err := p.Expose(ctx, "store", &shelf{}); err != nil {
			panic(err)
		}
		plugin, err := p.Import(ctx, "./"+name)
		if err != nil {
			panic(err)
		}
		if err := plugin.Call(ctx, nil, "onMessage", struct{ Text string }{"hello"}); err != nil {
			panic(err)
		}
		err = p.Eval(ctx, nil, "try.js", `process.getBuiltinModule('fs').readFileSync('/etc/passwd')`)
		var e *host.Exception
		fmt.Println(errors.As(err, &e), e.Code)
	}
	// Output:
	// stored HELLO
	// true ERR_ACCESS_DENIED
}

// shelf is what plug-ins may use.
type shelf struct{}

// Put is put in scripts.
func (*shelf) Put(text string) { fmt.Println("stored", text) }

// A job runner: a script runs to its end as the command would run it, reads what the host streams to it, and is ended where it goes beyond its limits.
func Example_jobs() {
	ctx := context.Background()
	jobs := fstest.MapFS{
		"count.mjs": {Data: []byte(`
			let lines = 0;
			for await (const chunk of input) lines += String(chunk).split('\n').length - 1;
			console.log(lines, 'lines');`)},
		"endless.js": {Data: []byte(`setInterval(() => { for (;;); })`)},
	}
	for _, job := range []string{"count.mjs", "endless.js"} {
		p, err := host.NewEngine().New(ctx, host.Config{FS: jobs, Dir: "/", Stdout: os.Stdout, Limits: host.Limits{Turn: 100 * time.Millisecond}})
		if err != nil {
			panic(err)
		}
		if err := p.Expose(ctx, "input", host.Reader(strings.NewReader("one\ntwo\n"))); err != nil {
			panic(err)
		}
		err = p.Run(ctx, job)
		var beyond *host.LimitError
		fmt.Println(job, errors.As(err, &beyond), err)
		p.Close()
	}
	// Output:
	// 2 lines
	// count.mjs false <nil>
	// endless.js true host: the program has gone beyond its limit: Turn
}

// A stranger's script in a process of its own, which has nothing of the system: its module comes from the host's file system, what it may use is exposed to it,
// and whatever it does there ends there.
func ExampleNewCell() {
	ctx := context.Background()
	scripts := fstest.MapFS{"plugin.ts": {Data: []byte(`
		import { readFileSync } from 'node:fs';
		export const shout = (text: string) => store.put(text.toUpperCase());
		export const peek = () => readFileSync('/etc/passwd', 'utf8');
		export const hog = () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)) };`)}}
	c, err := host.NewCell(ctx, host.Config{FS: scripts, Limits: host.Limits{Memory: 32 << 20, Turn: 10 * time.Second}}, host.Sandbox{})
	if err != nil {
		panic(err) // no Landlock: the system is not Linux, or an old one
	}
	defer c.Close()
	if err := c.Expose(ctx, "store", &shelf{}); err != nil {
		panic(err)
	}
	plugin, err := c.Import(ctx, "./plugin.ts")
	if err != nil {
		panic(err)
	}
	if err := plugin.Call(ctx, nil, "shout", "hello"); err != nil {
		panic(err)
	}
	var e *host.Exception
	fmt.Println(errors.As(plugin.Call(ctx, nil, "peek"), &e), e.Code)
	var beyond *host.LimitError
	fmt.Println(errors.As(plugin.Call(ctx, nil, "hog"), &beyond), beyond.Limit)
	// Output:
	// stored HELLO
	// true EACCES
	// true Memory
}
