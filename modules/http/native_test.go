package http_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gonode/modules"
	"gonode/modules/http"
	"gonode/runtime"
)

// Ordinary and native messages do the same, so only this shows that the usual ones are native still, up to their end.
func TestUsualMessagesStayNative(t *testing.T) {
	var out bytes.Buffer
	tell := &runtime.Module{Name: "native", Binding: func(rt *runtime.Runtime) *goja.Object {
		o := rt.VM().NewObject()
		rt.SetFunc(o, "request", 1, func(call goja.FunctionCall) goja.Value {
			return rt.VM().ToValue(http.IsNativeRequest(rt, call.Argument(0)))
		})
		rt.SetFunc(o, "response", 1, func(call goja.FunctionCall) goja.Value {
			return rt.VM().ToValue(http.IsNativeResponse(rt, call.Argument(0)))
		})
		return o
	}}
	rt, err := runtime.New(runtime.Config{Modules: append(modules.All(), tell), Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.CloseAll()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := rt.RunScript(ctx, "test.js", `
const http = require('http'), native = require('native');
const ways = {
  'no body': [{}, (r) => r.end()],
  'a body': [{ method: 'POST' }, (r) => r.end('body')],
  headers: [{ method: 'POST', headers: { 'content-type': 'text/plain' } }, (r) => { r.setHeader('x', 'y'); r.end('body'); }],
  pieces: [{ method: 'POST' }, (r) => { r.write('a'); r.write(Buffer.from('b')); r.end('c'); }],
  'pieces of known length': [{ method: 'POST', headers: { 'content-length': 3 } }, (r) => { r.write('abc'); r.end(); }],
  'a signal': [{ signal: new AbortController().signal }, (r) => r.end()],
  'a socket': [{}, (r) => { r.on('socket', () => {}); r.end(); }],
};
const answers = {
  text: (res) => res.end('text'),
  head: (res) => { res.writeHead(201, { 'content-type': 'text/plain' }); res.end('text'); },
  pieces: (res) => { res.write('a'); res.write('b'); res.end(); },
  'a socket': (res) => { res.socket.address(); res.cork(); res.end('text'); },
};
const one = async (answer, { method = 'GET', ...options }, use) => {
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((req, res) => {
    res.on('finish', () => console.log('  response', native.response(res)));
    answers[answer](res);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const r = http.request({ port: server.address().port, agent, method, ...options });
  const ended = new Promise((done) => r.on('response', (res) => res.resume().on('end', () => done(native.request(r)))));
  use(r);
  console.log('  request', await ended);
  agent.destroy();
  server.close();
};
(async () => {
  for (const answer of Object.keys(answers)) {
    console.log('answered by', answer);
    await one(answer, {}, (r) => r.end());
  }
  for (const [name, [options, use]] of Object.entries(ways)) {
    console.log('requested with', name);
    await one('text', options, use);
  }
})();`); err != nil {
		t.Fatal(err)
	}
	const want = `answered by text
  response true
  request true
answered by head
  response true
  request true
answered by pieces
  response true
  request true
answered by a socket
  response false
  request true
requested with no body
  response true
  request true
requested with a body
  response true
  request true
requested with headers
  response true
  request true
requested with pieces
  response true
  request true
requested with pieces of known length
  response true
  request true
requested with a signal
  response true
  request true
requested with a socket
  response true
  request false
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
