package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing/fstest"

	"gonode/host"
	"gonode/runtime"
)

// A stranger's script has a folder and one place in the network.
func Example_policy() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.WriteFile(filepath.Join(dir, "data.txt"), []byte("its own"), 0o600)
	os.Symlink("/etc/passwd", filepath.Join(dir, "link"))
	root, err := os.OpenRoot(dir)
	if err != nil {
		panic(err)
	}
	defer root.Close()
	p, err := host.NewEngine().New(ctx, host.Config{Dir: "/", Stdout: os.Stdout,
		FS: fstest.MapFS{"main.mjs": {Data: []byte(`
			import { readFileSync } from 'node:fs';
			import { connect } from 'node:net';
			import { hostname } from 'node:os';
			const tell = (f) => { try { console.log(f()) } catch (e) { console.log(e.code) } };
			tell(() => readFileSync('/data.txt', 'utf8'));
			tell(() => readFileSync('/link', 'utf8'));
			tell(() => readFileSync('/../../etc/passwd', 'utf8'));
			tell(() => hostname());
			connect(5432, '10.1.1.1').on('error', (e) => console.log(e.code));`)}},
		Policy: &runtime.Policy{
			Root: root,
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				if address != "10.0.0.1:5432" {
					return nil, os.ErrPermission
				}
				var d net.Dialer
				return d.DialContext(ctx, network, address)
			},
		},
	})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	if err := p.Run(ctx, "main.mjs"); err != nil {
		panic(err)
	}
	// Output:
	// its own
	// ENOENT
	// ENOENT
	// ERR_ACCESS_DENIED
	// ERR_ACCESS_DENIED
}

// A host runs the tests of its scripts, with node:test and what the scripts get from it.
func Example_tests() {
	ctx := context.Background()
	scripts := fstest.MapFS{
		"price.mjs": {Data: []byte(`export const price = async (item) => 2 * await stock(item)`)},
		"price.test.mjs": {Data: []byte(`
			import { test } from 'node:test';
			import assert from 'node:assert';
			import { price } from './price.mjs';
			test('the price is twice the stock', async () => assert.equal(await price('pear'), 8));
			test('of nothing it is nothing', async () => assert.equal(await price('plum'), 1));`)},
	}
	p, err := host.NewEngine().New(ctx, host.Config{FS: scripts, Dir: "/", Stdout: io.Discard})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	stock := func(_ context.Context, item string) (int, error) { return map[string]int{"pear": 4}[item], nil }
	if err := p.Expose(ctx, "stock", host.Async(stock)); err != nil {
		panic(err)
	}
	err = p.Run(ctx, "price.test.mjs")
	var exit *host.ExitError
	fmt.Println(errors.As(err, &exit), err)
	// Output: true host: exit status 1
}
