// Package modules is the one table of built-in modules, and the only importer of modules/*.
package modules

import (
	"gonode/modules/buffer"
	"gonode/modules/console"
	"slices"

	"gonode/modules/async_hooks"
	"gonode/modules/child_process"
	"gonode/modules/cluster"
	"gonode/modules/dgram"
	"gonode/modules/diagnostics_channel"
	"gonode/modules/dns"
	"gonode/modules/events"
	"gonode/modules/fs"
	"gonode/modules/globals"
	"gonode/modules/http"
	"gonode/modules/internal/errors"
	"gonode/modules/internal/eventtarget"
	"gonode/modules/internal/handles"
	"gonode/modules/internal/inspect"
	"gonode/modules/internal/validators"
	"gonode/modules/module"
	"gonode/modules/net"
	"gonode/modules/os"
	"gonode/modules/path"
	"gonode/modules/perf_hooks"
	"gonode/modules/process"
	"gonode/modules/querystring"
	"gonode/modules/readline"
	"gonode/modules/stream"
	"gonode/modules/string_decoder"
	"gonode/modules/test"
	"gonode/modules/timers"
	"gonode/modules/tty"
	"gonode/modules/url"
	"gonode/modules/util"
	"gonode/modules/worker_threads"
	"gonode/modules/zlib"
	"gonode/runtime"
)

// All lists the built-in modules, for runtime.Config.Modules. The list is immutable.
func All() []*runtime.Module { return all }

var all = slices.Concat([]*runtime.Module{
	dgram.Module,
	handles.Module,
	async_hooks.Module,
	diagnostics_channel.Module,
	events.Module,
	events.Async,
	buffer.Module,
	console.Module,
	console.Table,
	errors.Module,
	eventtarget.Module,
	eventtarget.AbortModule,
	eventtarget.ExceptionModule,
	globals.Module,
	inspect.Module,
	util.Module,
	validators.Module,
	module.Module,
	fs.Module,
	fs.Promises,
	fs.Handle,
	fs.Dir,
	fs.Streams,
	fs.Copy,
	fs.Watchers,
	os.Module,
	path.Module,
	path.Posix,
	path.Win32,
	perf_hooks.Module,
	perf_hooks.Entries,
	process.Module,
	process.Flags,
	querystring.Module,
	url.Module,
	string_decoder.Module,
	test.Module,
	test.Report,
	test.Mock,
	test.Timers,
	timers.Module,
	timers.Promises,
	worker_threads.Module,
	zlib.Module,
},
	readline.Modules, stream.Modules,
	net.Modules,
	http.Modules,
	dns.Modules,
	tty.Modules,
	child_process.Modules,
	cluster.Modules,
)
