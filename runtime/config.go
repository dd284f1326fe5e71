package runtime

import (
	"io"
	"io/fs"

	"gonode/internal/loader"
	"gonode/internal/source"
)

// Config is what a Runtime is made from. The zero value is usable: no modules, the process's environment and
// working directory, no arguments, the process's standard streams.
type Config struct {
	// Modules are the built-in modules, usually modules.All() and perhaps the host's own.
	Modules []*Module
	// Args are the script's arguments: process.argv from index 2 on.
	Args []string
	// ExecArgv are the runtime's own options, process.execArgv.
	ExecArgv []string
	// ExecPath is process.execPath; empty means the running program.
	ExecPath string
	// Argv0 is process.argv0; empty means "node".
	Argv0 string
	// Env is the environment as KEY=VALUE; nil means the process's own.
	Env []string
	// Dir is the working directory; empty means the process's own.
	Dir string
	// Stdin, Stdout and Stderr are the standard streams; nil means the process's own. An *os.File is used by its
	// descriptor, so that terminals, pipes and files behave as such.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Console, if set, gets what scripts tell the global console, by the method's name, in place of the standard streams. It is called on the runtime's goroutine, and
	// for those of worker threads on theirs, with the runtime that it is.
	Console func(rt *Runtime, method, message string)
	// FS, if set, is where script files are read from, instead of the operating system's files.
	FS fs.FS
	// Files, if set, is where script files are looked up and read, in place of FS: a program in one file has some of its own beside the system's.
	Files loader.Files
	// Assets are what scripts find by require('node:sea'); nil for a program that is not in one file.
	Assets Assets
	// Options are the settings that the command takes as flags.
	Options Options
	// OwnsProcess says that this runtime is the whole program: scripts may change the working directory, umask and
	// title, take signals, and find their IPC channel in the environment. Without it these are refused as in a
	// worker thread of Node, with ERR_WORKER_UNSUPPORTED_OPERATION.
	OwnsProcess bool
	// Thread is the number of the worker thread that the runtime is; 0 for a main thread. Package worker_threads sets it.
	Thread int
	// ThreadName is what the worker was called.
	ThreadName string
	// HookThread says that the worker thread runs hooks of modules. Its standard streams are the process's own.
	HookThread bool
	// SharedEnv, if set, is the environment of another runtime, which this one shares; Env is not used then.
	SharedEnv *Env
	// WorkerOptions reads the options of a worker thread that has an execArgv or a NODE_OPTIONS of its own. Without it workers
	// take no options.
	WorkerOptions func(execArgv []string, nodeOptions string) WorkerOptions
	// Hosted says that the executable is a program with a runtime inside rather than gonode, so that children of it
	// must be told to serve as Node; see package host. It follows from Embedded.
	Hosted bool
	// Embedded says that the process goes on when the runtime has ended, and what it started is to end with it. It follows from OwnsProcess
	// being false in a main thread.
	Embedded bool
	// MemoryLimit is how many bytes may live of what the runtime has allocated; 0 means no limit of its own. See docs/embedding.md
	// for what counts. A script that goes beyond is ended with Node's report and ExitError 134.
	MemoryLimit uint64
	// MaxCallDepth bounds the depth of JavaScript calls; 0 means 10000.
	MaxCallDepth int
	// Limits are what the script may take.
	Limits Limits
	// Sources, if set, is shared by several runtimes so that each script is compiled once.
	Sources *source.Cache
	// Access, if set, is asked before the runtime touches the outside world; an error refuses. The files of databases are told with links followed.
	Access func(kind Access, resource string) error
	// Policy, if set, refuses whatever reaches outside but for what it gives.
	Policy *Policy
}

// PipedStreams tells whether the standard streams are the parent thread's.
func (c *Config) PipedStreams() bool { return c.Thread > 0 && !c.HookThread }

// WorkerOptions is what Config.WorkerOptions finds: the settings, the arguments that are options, and what is wrong with
// the arguments and the variable.
type WorkerOptions struct {
	Options         Options
	Args            []string
	BadArgs, BadEnv []string
}

// ReportOptions are the options whose names begin with --report-.
type ReportOptions struct {
	Directory, Filename, Signal                                             string
	Compact, ExcludeNetwork, ExcludeEnv, OnFatalError, OnSignal, OnUncaught bool
}

// Options are what Node takes as command line flags. The zero value is Node's default.
type Options struct {
	// Inspect is what --inspect and its like ask for.
	Inspect Inspect

	// UnhandledRejections is "throw", "strict", "warn", "none" or "warn-with-error-codes"; empty means "throw".
	UnhandledRejections string
	// NoWarnings silences process warnings; NoDeprecation deprecations only.
	NoWarnings, NoDeprecation bool
	// TraceWarnings prints stacks with warnings; ThrowDeprecation makes deprecations errors.
	TraceWarnings, TraceDeprecation, ThrowDeprecation bool
	// PendingDeprecation emits the warnings that are off by default.
	PendingDeprecation bool
	// DisableWarnings are the codes and names of warnings that are not printed; RedirectWarnings is the file that the
	// others are appended to, instead of Stderr.
	DisableWarnings  []string
	RedirectWarnings string
	// TraceUncaught prints where an uncaught value was thrown.
	TraceUncaught bool
	// TraceHandles remembers where handles are made, for who looks into the process.
	TraceHandles bool
	// Report is how process.report is set at the start.
	Report ReportOptions
	// DieWithParent makes all children end with this process, as child_process's option of that name does for one.
	DieWithParent bool
	// TraceExit prints a stack where process.exit ends the script.
	TraceExit bool
	// Title is the initial process.title.
	Title string
	// StackTraceLimit is Error.stackTraceLimit; nil means 10.
	StackTraceLimit *int
	// PreserveSymlinks and PreserveSymlinksMain keep symbolic links in module paths.
	PreserveSymlinks, PreserveSymlinksMain bool
	// Conditions are extra conditions of package exports.
	Conditions []string
	// NoAddons takes the condition "node-addons" of package exports away.
	NoAddons bool
	// Require are modules to load before the main script.
	Require []string
	// Import are ES modules to load before the main script.
	Import []string
	// InputType is "module" if the text of -e or standard input is an ES module.
	InputType string
	// DefaultType is "module" if .js files whose package does not tell are ES modules; NoDetectModule leaves the text of
	// such a file out of that question.
	DefaultType    string
	NoDetectModule bool
	// NoStripTypes reads .ts, .mts and .cts files as JavaScript; TransformTypes tells scripts that more than types is taken off
	// them, which is done in any case.
	NoStripTypes, TransformTypes bool
	// NoWebSocket leaves WebSocket out; EventSource offers EventSource.
	NoWebSocket, EventSource bool
	// WebStorage offers Storage, sessionStorage and localStorage, which is kept in LocalStorageFile.
	WebStorage       bool
	LocalStorageFile string
	// NoNavigator leaves navigator out.
	NoNavigator bool
	// NoRequireModule makes require() refuse ES modules.
	NoRequireModule bool
	// PrintRequiredTLA prints where an ES module that require() refuses has its top-level await.
	PrintRequiredTLA bool
	// TraceRequireModule warns of require() of ES modules: "all", "no-node-modules" or "" for never.
	TraceRequireModule string
	// Loaders are modules with asynchronous hooks, registered before the main script.
	Loaders []string
	// PackageMap is the file that says which packages see which others.
	PackageMap string
	// EntryURL says that the main script is given as a URL, which may be a relative one.
	EntryURL bool
	// ImportText allows imports with { type: 'text' }.
	ImportText bool
	// VMModules offers vm.Module.
	VMModules bool
	// StreamIter offers the modules stream/iter and zlib/iter.
	StreamIter bool
	// SourceMaps has the source maps of scripts read.
	SourceMaps bool
	// NoSQLite leaves out the module sqlite.
	NoSQLite bool
	// Jitless leaves out what does nothing but make programs faster: the same results, only slower.
	Jitless bool
	// ExposeGC defines the global function gc.
	ExposeGC bool
	// InsecureHTTPParser, MaxHTTPHeaderSize are the defaults of module http; 0 means 16384 bytes.
	InsecureHTTPParser bool
	MaxHTTPHeaderSize  int
	// UseEnvProxy makes the global agents of http and https, and fetch, use the proxies that the environment names.
	UseEnvProxy bool
	// NetworkFamilyAutoselection is the default of net's autoSelectFamily; nil means true. The timeout is in
	// milliseconds; 0 means 250.
	NetworkFamilyAutoselection        *bool
	NetworkFamilyAutoselectionTimeout int
	// DNSResultOrder is "verbatim" or "ipv4first"; empty means "verbatim".
	DNSResultOrder string
	// TLSMinVersion, TLSMaxVersion and TLSCiphers are the defaults of module tls; empty for Node's. TLSKeylog is the file
	// that the keys of all connections are appended to.
	TLSMinVersion, TLSMaxVersion, TLSCiphers, TLSKeylog string
	// UseOpenSSLCA trusts the system's authorities in place of Mozilla's, UseSystemCA besides; nil leaves it to NODE_USE_SYSTEM_CA.
	UseOpenSSLCA bool
	UseSystemCA  *bool
	// ObjectProto is "delete" to take Object.prototype.__proto__ away, "throw" to make its use an error.
	ObjectProto string
	// FrozenIntrinsics makes the language's own objects immutable.
	FrozenIntrinsics bool
	// NoCodeFromStrings makes eval and the constructors of functions throw.
	NoCodeFromStrings bool
	// MissingOption is an option that others need; the script ends with an error before it starts.
	MissingOption string
	// Permissions are what the script is limited to; nil means no limits.
	Permissions *Permissions
	// Test are the options of the test runner that were given, by name; a switch has no values.
	Test map[string][]string
}

// Access names a kind of touch with the outside world, for Config.Access.
type Access uint8

// The kinds of access, with the resource that is passed along.
const (
	AccessRead       Access = iota // a file's path
	AccessWrite                    // a file's path
	AccessNet                      // to connect or send: address:port or a socket's path
	AccessRun                      // the program
	AccessEnv                      // the variable's name
	AccessWorker                   // nothing
	AccessInspector                // nothing
	AccessWASI                     // nothing
	AccessListen                   // to listen or bind: address:port or a socket's path
	AccessResolve                  // a name or an address for the name service
	AccessDescriptor               // the number of a descriptor that the script has not opened
	AccessSystem                   // what tells of the machine, its users and processes, or changes them: "hostname", "kill"
)

// HasStreamIter is Module.Enabled of stream/iter and zlib/iter.
func (o *Options) HasStreamIter() bool { return o.StreamIter }

// HasSQLite is Module.Enabled of sqlite.
func (o *Options) HasSQLite() bool { return !o.NoSQLite }

// Assets are files by keys. Any goroutine.
type Assets interface {
	AssetKeys() []string
	// Asset gives a copy of a file.
	Asset(key string) ([]byte, bool)
}
