package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonode/internal/engine"
	"gonode/internal/options"
	"gonode/internal/sys"
	"gonode/runtime"
)

// command is what the command line asks for.
type command struct {
	program
	name     string // argv[0]
	options  runtime.Options
	execArgv []string
	script   string // "" for none, "-" for standard input
	args     []string

	eval           string
	hasEval, print bool
	check          bool
	interactive    bool
	help, version  bool
	verbose        bool
	test           bool
	packageScript  *string // the name that --run gives
	cpu, heap      profiling
	envFiles       []envFile
	permission     bool
	permissions    runtime.Permissions
	invalid        string // what is wrong with an option's value
	problems       []string
	memoryLimit    uint64 // in bytes; 0 for none
	worker         bool   // the options are those of a worker thread
	seaConfig      string // of --build-sea
	serve          []byte // what `gonode serve` is to do, as JSON
	noSIGUSR1      bool
	traceIPC       string // a file
	ca             string // the option that has said which authorities to trust
}

type envFile struct {
	path     string
	optional bool
}

// parse reads the options in front of the script, as Node does: options end at the first argument that is none.
func (c *command) parse(args []string) {
	i := 1
	for ; i < len(args); i++ {
		if arg := args[i]; arg == "--" {
			i++
			break
		} else if arg == "-" || !strings.HasPrefix(arg, "-") {
			break
		}
		used := c.option(args[i:], false)
		c.execArgv = append(c.execArgv, args[i:i+used]...)
		i += used - 1
	}
	if rest := args[min(i, len(args)):]; len(rest) > 0 {
		switch {
		case c.packageScript != nil && args[i-1] != "--": // only what follows -- is the script's
		case c.hasEval, c.test, c.packageScript != nil:
			c.args = rest
		default:
			c.script, c.args = rest[0], rest[1:]
		}
	}
}

func (c *command) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// option reads one option at the head of args and tells how many arguments it took.
func (c *command) option(args []string, env bool) int {
	original := args[0]
	flag, value, hasValue := strings.Cut(original, "=")
	if !strings.HasPrefix(original, "--") {
		flag, value, hasValue = original, "", false
	}
	switch flag {
	case "-pe":
		if !env {
			c.print = true
			flag = "--eval"
		}
	case "-p", "--print":
		if !env {
			c.print = true
			// -p takes what follows as its text, if that is no option.
			if hasValue {
				c.setEval(value)
			} else if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
				c.setEval(args[1])
				return 2
			}
			return 1
		}
	}
	if full, ok := options.Alias(strings.ReplaceAll(flag, "_", "-")); ok {
		flag = full
	}
	name, dashes := strings.CutPrefix(flag, "--")
	name = strings.ReplaceAll(name, "_", "-")
	o, known := options.Lookup(name)
	on := true
	if bare, negated := strings.CutPrefix(name, "no-"); !known && negated && dashes {
		if o, known = options.Lookup(bare); known {
			on = false
			if o.Kind != options.Boolean && o.Kind != options.Flag && o.Kind != options.NoOp {
				c.problem("%s is an invalid negation because it is not a boolean option", original)
				return 1
			}
		}
	}
	if !known || !dashes {
		if env {
			c.problem("%s is not allowed in NODE_OPTIONS", original)
		} else {
			c.problem("bad option: %s", original)
		}
		return 1
	}
	if c.worker && o.PerProcess() && !env {
		c.problem("%s", args[0])
		return 1
	}
	if env && (!o.Env || c.worker && o.PerProcess()) {
		c.problem("%s is not allowed in NODE_OPTIONS", original)
		return 1
	}
	used := 1
	switch o.Kind {
	case options.Value, options.List:
		if !hasValue {
			if len(args) < 2 || len(args[1]) > 1 && args[1][0] == '-' && o.Name != "eval" {
				c.problem("%s requires an argument", original)
				return 1
			}
			value, used = args[1], 2
			// A backslash lets a value begin with a dash.
			if strings.HasPrefix(value, `\-`) {
				value = value[1:]
			}
		} else if value == "" {
			c.problem("%s requires an argument", original)
			return 1
		}
	case options.Boolean, options.Optional:
		if hasValue && value == "" && strings.HasPrefix(o.Name, "inspect") {
			c.problem("%s requires an argument", original)
			return 1
		}
	case options.Equals:
		if !hasValue {
			c.problem("bad option: %s", original)
			return 1
		}
	}
	c.apply(o.Name, value, on)
	return used
}

func (c *command) setEval(text string) { c.eval, c.hasEval = text, true }

// apply gives an option its meaning. Those that are not named here have none, and options.Groups says so; some of them are refused.
func (c *command) apply(name, value string, on bool) {
	o := &c.options
	c.noteTestOption(name, value, on)
	switch name {
	case "test":
		c.test = on
	case "inspect", "inspect-brk", "inspect-wait":
		o.Inspect.On = on
		o.Inspect.Break = o.Inspect.Break || name == "inspect-brk"
		o.Inspect.Wait = o.Inspect.Wait || name == "inspect-wait"
		c.inspectAt(value)
	case "inspect-port":
		c.inspectAt(value)
	case "build-sea":
		c.seaConfig = value
	case "cpu-prof", "heap-prof":
		c.profilingOf(name).on = on
	case "cpu-prof-dir", "heap-prof-dir":
		c.profilingOf(name).dir = value
	case "cpu-prof-name", "heap-prof-name":
		c.profilingOf(name).name = value
	case "cpu-prof-interval", "heap-prof-interval":
		c.profilingOf(name).interval = int(number(value))
	case "run":
		c.packageScript = &value
	case "eval":
		c.setEval(value)
	case "print":
		c.print = on
	case "check":
		c.check = on
	case "interactive":
		c.interactive = on
	case "help":
		c.help = on
	case "version":
		c.version = on
	case "verbose":
		c.verbose = on
	case "require":
		o.Require = append(o.Require, value)
	case "import":
		o.Import = append(o.Import, value)
	case "experimental-loader":
		o.Loaders = append(o.Loaders, value)
	case "trace-require-module":
		if value != "all" && value != "no-node-modules" {
			c.problem("invalid value for --trace-require-module")
		}
		o.TraceRequireModule = value
	case "experimental-package-map":
		o.PackageMap = value
	case "entry-url":
		o.EntryURL = on
	case "experimental-import-text":
		o.ImportText = on
	case "env-file":
		c.envFiles = append(c.envFiles, envFile{path: value})
	case "env-file-if-exists":
		c.envFiles = append(c.envFiles, envFile{path: value, optional: true})
	case "disable-proto":
		if value != "delete" && value != "throw" {
			c.invalid = "invalid mode passed to --disable-proto"
		}
		o.ObjectProto = value
	case "disallow-code-generation-from-strings":
		o.NoCodeFromStrings = on
	case "frozen-intrinsics":
		o.FrozenIntrinsics = on
	case "permission":
		c.permission = on
	case "allow-fs-read":
		c.permissions.Read = append(c.permissions.Read, value)
	case "allow-fs-write":
		c.permissions.Write = append(c.permissions.Write, value)
	case "allow-child-process":
		c.permissions.ChildProcess = on
	case "allow-worker":
		c.permissions.Worker = on
	case "allow-addons":
		c.permissions.Addons = on
	case "allow-wasi":
		c.permissions.WASI = on
	case "allow-inspector":
		c.permissions.Inspector = on
	case "allow-openssl-store":
		c.permissions.OpenSSLStore = on
	case "permission-audit":
		c.permissions.Audit = on
	case "addons":
		o.NoAddons = !on
	case "title":
		o.Title = value
	case "conditions":
		o.Conditions = append(o.Conditions, value)
	case "input-type":
		switch value {
		case "module", "commonjs", "module-typescript", "commonjs-typescript":
		default:
			c.problem(`--input-type must be "module","commonjs", "module-typescript" or "commonjs-typescript"`)
		}
		o.InputType = value
	case "experimental-detect-module":
		o.NoDetectModule = !on
	case "require-module":
		o.NoRequireModule = !on
	case "experimental-print-required-tla":
		o.PrintRequiredTLA = on
	case "experimental-vm-modules":
		o.VMModules = on
	case "experimental-stream-iter":
		o.StreamIter = on
	case "enable-source-maps":
		o.SourceMaps = on
	case "experimental-sqlite":
		o.NoSQLite = !on
	case "jitless":
		o.Jitless = on
	case "opt", "turbofan", "maglev", "sparkplug":
		if !on {
			engine.Without(name)
		}
	case "stack-trace-limit":
		if n, err := strconv.Atoi(value); err == nil {
			o.StackTraceLimit = &n
		} else {
			c.problem("bad option: --stack-trace-limit=%s", value)
		}
	case "unhandled-rejections":
		if !slices.Contains([]string{"throw", "strict", "warn", "none", "warn-with-error-codes"}, value) {
			c.problem("invalid value for --unhandled-rejections")
		}
		o.UnhandledRejections = value
	case "warnings":
		o.NoWarnings = !on
	case "disable-warning":
		o.DisableWarnings = append(o.DisableWarnings, value)
	case "redirect-warnings":
		o.RedirectWarnings = value
	case "deprecation":
		o.NoDeprecation = !on
	case "trace-warnings":
		o.TraceWarnings = on
	case "trace-deprecation":
		o.TraceDeprecation = on
	case "throw-deprecation":
		o.ThrowDeprecation = on
	case "pending-deprecation":
		o.PendingDeprecation = on
	case "trace-uncaught":
		o.TraceUncaught = on
	case "report-dir":
		o.Report.Directory = value
	case "report-filename":
		o.Report.Filename = value
	case "report-signal":
		o.Report.Signal = value
	case "report-compact":
		o.Report.Compact = on
	case "report-exclude-network":
		o.Report.ExcludeNetwork = on
	case "report-exclude-env":
		o.Report.ExcludeEnv = on
	case "report-on-fatalerror":
		o.Report.OnFatalError = on
	case "report-on-signal":
		o.Report.OnSignal = on
	case "report-uncaught-exception":
		o.Report.OnUncaught = on
	case "die-with-parent":
		o.DieWithParent = on
	case "trace-ipc":
		c.traceIPC = value
	case "trace-handles":
		o.TraceHandles = on
	case "disable-sigusr1":
		c.noSIGUSR1 = on
	case "trace-exit":
		o.TraceExit = on
	case "preserve-symlinks":
		o.PreserveSymlinks = on
	case "preserve-symlinks-main":
		o.PreserveSymlinksMain = on
	case "insecure-http-parser":
		o.InsecureHTTPParser = on
	case "use-env-proxy":
		o.UseEnvProxy = on
	case "max-http-header-size":
		o.MaxHTTPHeaderSize = number(value)
	case "network-family-autoselection":
		o.NetworkFamilyAutoselection = &on
	case "network-family-autoselection-attempt-timeout":
		o.NetworkFamilyAutoselectionTimeout = number(value)
	case "dns-result-order":
		if !slices.Contains([]string{"verbatim", "ipv4first", "ipv6first"}, value) {
			c.problem("The argument '--dns-result-order' must be one of: 'verbatim', 'ipv4first', 'ipv6first'. Received '%s'", value)
		}
		o.DNSResultOrder = value
	case "use-openssl-ca", "use-bundled-ca":
		if c.ca != "" && on && c.ca != name {
			c.problem("either --use-openssl-ca or --use-bundled-ca can be used, not both")
		}
		c.ca = name
		if name == "use-openssl-ca" {
			o.UseOpenSSLCA = on
		}
	case "use-system-ca":
		o.UseSystemCA = &on
	case "tls-cipher-list":
		o.TLSCiphers = value
	case "tls-keylog":
		o.TLSKeylog = value
	case "tls-min-v1.0", "tls-min-v1.1", "tls-min-v1.2", "tls-min-v1.3":
		if v := tlsVersion(name); on && (o.TLSMinVersion == "" || v < o.TLSMinVersion) {
			o.TLSMinVersion = v
		}
		c.checkTLS()
	case "tls-max-v1.2", "tls-max-v1.3":
		o.TLSMaxVersion = max(o.TLSMaxVersion, tlsVersion(name))
		c.checkTLS()
	case "max-old-space-size", "max-heap-size":
		if n, err := strconv.ParseUint(value, 10, 64); err != nil {
			c.problem("illegal value for flag --%s=%s of type size_t", name, value)
		} else if n < 1<<40 {
			c.memoryLimit = n << 20
		}
	case "max-old-space-size-percentage":
		p, err := strconv.ParseFloat(value, 64)
		if err != nil || !(p > 0 && p <= 100) {
			c.problem("--max-old-space-size-percentage must be greater than 0 and up to 100. Got: %s", value)
			break
		}
		m := sys.FindMemory()
		c.memoryLimit = uint64(float64(m.Limit()) * p / 100)
	case "strip-types":
		o.NoStripTypes = !on
	case "experimental-transform-types":
		o.TransformTypes = on
	case "experimental-global-navigator":
		o.NoNavigator = !on
	case "experimental-websocket":
		o.NoWebSocket = !on
	case "experimental-webstorage":
		o.WebStorage = on
	case "localstorage-file":
		o.LocalStorageFile = value
	case "experimental-eventsource":
		o.EventSource = on
	case "expose-gc":
		o.ExposeGC = on
	default:
		if about, _ := options.Describe(name); on && about.Effect == options.Refused {
			c.problem("--%s is not supported by gonode: %s", name, about.Text)
		}
	}
}

// tlsVersion is the version in the name of an option: "TLSv1.2" of "tls-min-v1.2".
func tlsVersion(name string) string {
	return "TLSv" + strings.TrimSuffix(name[len("tls-min-v"):], ".0")
}

func (c *command) checkTLS() {
	if c.options.TLSMinVersion == "TLSv1.3" && c.options.TLSMaxVersion == "TLSv1.2" {
		c.problem("either --tls-min-v1.3 or --tls-max-v1.2 can be used, not both")
	}
}

// number reads the integer that a text begins with.
func number(text string) int {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(text[:end])
	return n
}

// environment reads NODE_OPTIONS, which the command line then overrides, and the NODE_ variables that stand for options.
func (c *command) environment(env []string) {
	get := func(name string) string {
		for _, kv := range env {
			if v, ok := strings.CutPrefix(kv, name+"="); ok {
				return v
			}
		}
		return ""
	}
	is := func(name string) bool { return get(name) == "1" }
	c.options.PendingDeprecation = is("NODE_PENDING_DEPRECATION")
	c.options.PreserveSymlinks = is("NODE_PRESERVE_SYMLINKS")
	c.options.PreserveSymlinksMain = is("NODE_PRESERVE_SYMLINKS_MAIN")
	c.options.RedirectWarnings = get("NODE_REDIRECT_WARNINGS")
	c.options.UseEnvProxy = is("NODE_USE_ENV_PROXY")
	args, ok := splitOptions(get("NODE_OPTIONS"))
	if !ok {
		c.problem("invalid value for NODE_OPTIONS (unterminated string)")
		return
	}
	for i := 0; i < len(args); {
		if !strings.HasPrefix(args[i], "-") {
			break
		}
		i += c.option(args[i:], true)
	}
}

// splitOptions splits at spaces outside of double quotes, in which a backslash escapes.
func splitOptions(text string) (args []string, ok bool) {
	var word strings.Builder
	quoted, started := false, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\\' && quoted:
			if i++; i == len(text) {
				return nil, false
			}
			word.WriteByte(text[i])
		case b == ' ' && !quoted:
			if started {
				args = append(args, word.String())
				word.Reset()
				started = false
			}
		case b == '"':
			quoted, started = !quoted, true
		default:
			word.WriteByte(b)
			started = true
		}
	}
	if started {
		args = append(args, word.String())
	}
	return args, !quoted
}
