package supervise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// AppConfig is what a configuration says of one app.
type AppConfig struct {
	Name, Script, Cwd string
	Args, ExecArgv    []string
	Env               map[string]string
	EnvFiles          []string
	InstanceVar       string // the variable that a worker finds its instance's number in
	Policy            Policy
	Sticky            string // "", "address", "cookie=NAME"
	Balance           string // "", "least-connections"
	Watch             []string
	IgnoreWatch       []string
	Log               LogConfig
	LogErr            string         // a file of its own for stderr
	Limits            map[string]any // child_process's limits of each worker and what it starts: memory, pids, files, cpus
}

// key takes the value of one key of an app.
type key func(a *AppConfig, v any) error

// keys are the keys that an app may have: gonode's and those of pm2's ecosystem files.
func keys(name string) key {
	switch name {
	case "name":
		return str(func(a *AppConfig) *string { return &a.Name })
	case "script":
		return str(func(a *AppConfig) *string { return &a.Script })
	case "cwd":
		return str(func(a *AppConfig) *string { return &a.Cwd })
	case "args":
		return list(func(a *AppConfig) *[]string { return &a.Args })
	case "execArgv", "node_args", "nodeArgs", "interpreter_args", "interpreterArgs":
		return list(func(a *AppConfig) *[]string { return &a.ExecArgv })
	case "instances", "workers":
		return instances
	case "exec_mode", "execMode":
		return oneOf("cluster", "cluster_mode", "fork", "fork_mode")
	case "interpreter", "exec_interpreter":
		return oneOf("node", "gonode", "none")
	case "env":
		return func(a *AppConfig, v any) error { return addEnv(a, v) }
	case "env_file", "envFile":
		return list(func(a *AppConfig) *[]string { return &a.EnvFiles })
	case "instance_var", "instanceVar":
		return str(func(a *AppConfig) *string { return &a.InstanceVar })
	case "watch":
		return watch
	case "ignore_watch", "ignoreWatch":
		return list(func(a *AppConfig) *[]string { return &a.IgnoreWatch })
	case "max_memory_restart", "maxMemory":
		return func(a *AppConfig, v any) (err error) { a.Policy.MaxMemory, err = Bytes(v); return }
	case "max_restarts", "maxRestarts":
		return count(func(a *AppConfig, n int64) { a.Policy.MaxRestarts = int(n) })
	case "maxRequests":
		return count(func(a *AppConfig, n int64) { a.Policy.MaxRequests = n })
	case "surge":
		return count(func(a *AppConfig, n int64) { a.Policy.Surge = int(n) })
	case "maxAge":
		return span(func(p *Policy) *time.Duration { return &p.MaxAge })
	case "min_uptime", "minUptime":
		return span(func(p *Policy) *time.Duration { return &p.MinUptime })
	case "listen_timeout", "readyTimeout":
		return span(func(p *Policy) *time.Duration { return &p.ReadyWithin })
	case "kill_timeout", "drainTimeout":
		return span(func(p *Policy) *time.Duration { return &p.DrainWithin })
	case "stopTimeout":
		return span(func(p *Policy) *time.Duration { return &p.StopWithin })
	case "restart_delay", "exp_backoff_restart_delay", "backoff":
		return span(func(p *Policy) *time.Duration { return &p.Backoff })
	case "maxBackoff":
		return span(func(p *Policy) *time.Duration { return &p.MaxBackoff })
	case "heartbeat":
		return span(func(p *Policy) *time.Duration { return &p.Heartbeat })
	case "wait_ready", "waitReady":
		return boolean(func(a *AppConfig, on bool) {
			if on {
				a.Policy.ReadyWhen = "message"
			}
		})
	case "readyWhen":
		return func(a *AppConfig, v any) error {
			if err := oneOf("listening", "message")(a, v); err != nil {
				return err
			}
			a.Policy.ReadyWhen = v.(string)
			return nil
		}
	case "autorestart":
		return boolean(func(a *AppConfig, on bool) { a.Policy.NoRestart = !on })
	case "limits":
		return limits
	case "sticky":
		return sticky
	case "balance":
		return func(a *AppConfig, v any) error {
			a.Balance, _ = v.(string)
			return oneOf("round-robin", "least-connections")(a, v)
		}
	case "out_file", "output", "out", "log_file", "log", "logFile":
		return str(func(a *AppConfig) *string { return &a.Log.File })
	case "error_file", "error", "err_file", "err":
		return str(func(a *AppConfig) *string { return &a.LogErr })
	case "log_type", "logFormat":
		return func(a *AppConfig, v any) error { a.Log.JSON = v == "json"; return oneOf("json", "text", "raw")(a, v) }
	case "time", "logTime":
		return boolean(func(a *AppConfig, on bool) { a.Log.Time = on })
	case "logMaxSize":
		return func(a *AppConfig, v any) (err error) { a.Log.MaxSize, err = Bytes(v); return }
	case "logKeep":
		return count(func(a *AppConfig, n int64) { a.Log.Keep = int(n) })
	case "merge_logs", "combine_logs", "source_map_support", "vizion", "namespace", "log_date_format", "force", "treekill":
		return func(*AppConfig, any) error { return nil } // says nothing that matters here
	}
	return nil
}

// limits takes an object, or a text "pids=64,files=1024".
func limits(a *AppConfig, v any) error {
	if s, ok := v.(string); ok {
		o := map[string]any{}
		for _, part := range strings.Split(s, ",") {
			name, value, _ := strings.Cut(part, "=")
			o[name] = value
		}
		v = o
	}
	o, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("must be an object")
	}
	a.Limits = map[string]any{}
	for name, value := range o {
		n, err := limit(name, value)
		if err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
		a.Limits[name] = n
	}
	return nil
}

// limit reads one of them; what passes is within child_process's bounds.
func limit(name string, value any) (float64, error) {
	if name == "memory" {
		n, err := Bytes(value)
		if err == nil && n == 0 {
			err = fmt.Errorf("must be more than 0")
		}
		return float64(n), err
	}
	n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	switch name {
	case "pids", "files":
		if err != nil || n != math.Trunc(n) || !(n >= 1 && n <= 1e9) {
			return 0, fmt.Errorf("must be a whole number from 1 on")
		}
	case "cpus":
		if err != nil || !(n >= 0.01 && n <= 1e6) {
			return 0, fmt.Errorf("must be a number of processors, 0.01 at least")
		}
	default:
		return 0, fmt.Errorf("is none of memory, pids, files, cpus")
	}
	return n, nil
}

// sticky takes "address", "cookie", whose name is gonode-worker, or "cookie=NAME".
func sticky(a *AppConfig, v any) error {
	a.Sticky, _ = v.(string)
	if a.Sticky == "cookie" {
		a.Sticky = "cookie=gonode-worker"
	}
	if name, ok := strings.CutPrefix(a.Sticky, "cookie="); ok && name != "" && !strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?={}", c) }) {
		return nil
	}
	if v == "" {
		return nil
	}
	return oneOf("address", "cookie", "cookie=NAME")(a, v)
}

func str(field func(*AppConfig) *string) key {
	return func(a *AppConfig, v any) error {
		s, ok := v.(string)
		if !ok || strings.IndexByte(s, 0) >= 0 {
			return fmt.Errorf("must be a string")
		}
		*field(a) = s
		return nil
	}
}

// list takes strings, or one that is split at its spaces.
func list(field func(*AppConfig) *[]string) key {
	return func(a *AppConfig, v any) error {
		var out []string
		switch v := v.(type) {
		case string:
			out = strings.Fields(v)
		case []any:
			for _, item := range v {
				switch item.(type) {
				case string, float64, bool:
					out = append(out, fmt.Sprint(item))
				default:
					return fmt.Errorf("must be an array of strings")
				}
			}
		default:
			return fmt.Errorf("must be a string or an array of strings")
		}
		*field(a) = out
		return nil
	}
}

func boolean(set func(*AppConfig, bool)) key {
	return func(a *AppConfig, v any) error {
		on, ok := v.(bool)
		if !ok {
			return fmt.Errorf("must be true or false")
		}
		set(a, on)
		return nil
	}
}

func count(set func(*AppConfig, int64)) key {
	return func(a *AppConfig, v any) error {
		n, ok := v.(float64)
		if !ok || n < 0 || n != math.Trunc(n) || n > 1e15 {
			return fmt.Errorf("must be a whole number, 0 or more")
		}
		set(a, int64(n))
		return nil
	}
}

func span(field func(*Policy) *time.Duration) key {
	return func(a *AppConfig, v any) (err error) {
		*field(&a.Policy), err = Duration(v)
		return
	}
}

func oneOf(values ...string) key {
	return func(_ *AppConfig, v any) error {
		for _, value := range values {
			if v == value {
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", strings.Join(values, ", "))
	}
}

func instances(a *AppConfig, v any) error {
	n, err := Instances(v)
	a.Policy.Workers = n
	return err
}

// Instances reads a number of workers: "auto" or "max" is one for each processor, a negative number that many fewer.
func Instances(v any) (int, error) {
	if s, ok := v.(string); ok {
		if s == "auto" || s == "max" {
			return runtime.GOMAXPROCS(0), nil
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return 1, fmt.Errorf(`must be a number or "auto"`)
		}
		v = float64(n)
	}
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) || n > 1024 {
		return 1, fmt.Errorf(`must be a whole number of at most 1024 or "auto"`)
	}
	if n <= 0 {
		return max(runtime.GOMAXPROCS(0)+int(n), 1), nil
	}
	return int(n), nil
}

func watch(a *AppConfig, v any) error {
	if on, ok := v.(bool); ok {
		if on {
			a.Watch = []string{"."}
		}
		return nil
	}
	return list(func(a *AppConfig) *[]string { return &a.Watch })(a, v)
}

func addEnv(a *AppConfig, v any) error {
	o, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("must be an object")
	}
	for name, value := range o {
		switch value.(type) {
		case string, float64, bool:
			if a.Env == nil {
				a.Env = map[string]string{}
			}
			a.Env[name] = fmt.Sprint(value)
		default:
			return fmt.Errorf("%s must be a string", name)
		}
	}
	return nil
}

// Bytes reads a size: a number, or a string like "300M".
func Bytes(v any) (int64, error) {
	if n, ok := v.(float64); ok && n >= 0 && n < 1<<53 {
		return int64(n), nil
	}
	s, _ := v.(string)
	s = strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(s)), "B")
	shift := 0
	if s != "" {
		if i := strings.IndexByte("KMGT", s[len(s)-1]); i >= 0 {
			s, shift = s[:len(s)-1], 10*(i+1)
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0) || n*float64(int64(1)<<shift) >= 1<<62 {
		return 0, fmt.Errorf(`must be a size like "300M"`)
	}
	return int64(n * float64(int64(1)<<shift)), nil
}

// Duration reads milliseconds, or a string like "1.5s", "2m", "1h" or "7d".
func Duration(v any) (time.Duration, error) {
	s, ok := v.(string)
	if n, isNumber := v.(float64); isNumber {
		s, ok = strconv.FormatFloat(n, 'f', -1, 64), true
	}
	if days, found := strings.CutSuffix(s, "d"); found {
		if n, err := strconv.ParseFloat(days, 64); err == nil && n >= 0 && n < 1e5 {
			return time.Duration(n * 24 * float64(time.Hour)), nil
		}
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		s += "ms"
	}
	d, err := time.ParseDuration(s)
	if !ok || err != nil || d < 0 {
		return 0, fmt.Errorf(`must be a number of milliseconds or a time like "10s"`)
	}
	return d, nil
}

// ParseConfig reads a configuration: { apps: […] }, an array of apps, or one app, as JSON gives it. environment chooses env_NAME.
// The error names the app and the key.
func ParseConfig(v any, environment string) ([]AppConfig, error) {
	var items []any
	switch o := v.(type) {
	case []any:
		items = o
	case map[string]any:
		apps, ok := o["apps"]
		if !ok {
			items = []any{o}
			break
		}
		for name := range o {
			if name != "apps" && name != "deploy" {
				return nil, &ConfigError{Path: []string{name}, Reason: "is not known"}
			}
		}
		if items, ok = apps.([]any); !ok {
			items = []any{apps}
		}
	default:
		return nil, fmt.Errorf("must be an object with apps")
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("has no apps")
	}
	var list []AppConfig
	names := map[string]bool{}
	for i, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			return nil, &ConfigError{Path: []string{"apps", strconv.Itoa(i)}, Reason: "must be an object"}
		}
		a := AppConfig{Policy: Defaults()}
		for name, value := range o {
			set := keys(name)
			if strings.HasPrefix(name, "env_") && set == nil {
				continue // below
			}
			if set == nil {
				return nil, &ConfigError{Path: []string{name}, Reason: "is not known"}
			}
			if err := set(&a, value); err != nil {
				return nil, &ConfigError{Path: []string{name}, Reason: err.Error()}
			}
		}
		if environment != "" {
			if err := addEnv(&a, orEmpty(o["env_"+environment])); err != nil {
				return nil, &ConfigError{Path: []string{"env_" + environment}, Reason: err.Error()}
			}
		}
		if a.Script == "" {
			return nil, &ConfigError{Path: []string{"apps", strconv.Itoa(i)}, Reason: "has no script"}
		}
		if a.Name == "" {
			base := filepath.Base(a.Script)
			a.Name = strings.TrimSuffix(base, filepath.Ext(base))
		}
		if names[a.Name] {
			return nil, &ConfigError{Path: []string{"name"}, Reason: "is there twice: " + a.Name}
		}
		names[a.Name] = true
		list = append(list, a)
	}
	return list, nil
}

func orEmpty(v any) any {
	if v == nil {
		return map[string]any{}
	}
	return v
}

// ConfigError is what is wrong with a key.
type ConfigError struct {
	Path   []string // the key, or where it should be
	Reason string
	Line   int // 0 if it is not known
}

func (e *ConfigError) Error() string {
	text := fmt.Sprintf("%q %s", strings.Join(e.Path, "."), e.Reason)
	if e.Line > 0 {
		text = fmt.Sprintf("line %d: %s", e.Line, text)
	}
	return text
}

// ReadValue reads a configuration that a script has made, as JSON.
func ReadValue(text []byte, environment string) ([]AppConfig, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return ParseConfig(v, environment)
}

// ReadJSON reads a configuration in JSON; errors name the line.
func ReadJSON(text []byte, environment string) ([]AppConfig, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		if e, ok := err.(*json.SyntaxError); ok {
			return nil, fmt.Errorf("line %d: %v", lineAt(text, int(e.Offset)), err)
		}
		return nil, err
	}
	list, err := ParseConfig(v, environment)
	if e, ok := err.(*ConfigError); ok {
		if at := bytes.Index(text, []byte(strconv.Quote(e.Path[len(e.Path)-1]))); at >= 0 {
			e.Line = lineAt(text, at)
		}
	}
	return list, err
}

func lineAt(text []byte, offset int) int {
	return 1 + bytes.Count(text[:min(offset, len(text))], []byte("\n"))
}
