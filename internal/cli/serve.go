package cli

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"gonode/internal/supervise"
)

// The subcommands: build makes one file of a program, serve keeps programs running, the others talk to it. A script of such a name, if there is one, is what Node
// would run, and as `node` there are none.

//go:embed serve.txt
var serveHelp string

func isSubcommand(name string) bool {
	switch name {
	case "build", "serve", "ps", "logs", "reload", "stop", "scale", "top", "page", "diagnose":
		return true
	}
	return false
}

// subcommand runs the one that was asked for; done is false if a runtime is to do it, or there is none.
func (c *command) subcommand() (status int, done bool) {
	if filepath.Base(c.name) == "node" || c.hasEval || c.check {
		return 0, false
	}
	if isScript(c.script) {
		return 0, false
	}
	name := c.script
	if slices.Contains(c.args, "--help") || slices.Contains(c.args, "-h") {
		if name == "build" {
			fmt.Print(buildHelp)
		} else {
			fmt.Print(serveHelp)
		}
		return 0, true
	}
	var err error
	if name == "build" {
		err = c.build()
	} else if name == "serve" {
		if err = c.prepareServe(); err == nil {
			return 0, false
		}
	} else if name == "diagnose" {
		err = c.diagnose()
	} else {
		err = c.talk(name)
	}
	if err == nil {
		return 0, true
	}
	fmt.Fprintf(os.Stderr, "%s %s: %v\n", filepath.Base(c.name), name, err)
	return 2, true
}

// isScript tells whether Node would find a script or a package of that name.
func isScript(name string) bool {
	return slices.ContainsFunc([]string{"", ".js", ".json", ".node", ".mjs", ".cjs", "/package.json", "/index.js"}, func(suffix string) bool {
		st, err := os.Stat(name + suffix)
		return err == nil && !st.IsDir()
	})
}

// appKey gives the key of an app's configuration that an option of serve stands for.
func appKey(flag string) (key string, isBool bool) {
	switch flag {
	case "-w", "--workers":
		return "workers", false
	case "--name", "--cwd", "--sticky", "--balance", "--heartbeat", "--surge", "--backoff", "--limits":
		return flag[2:], false
	case "--max-memory":
		return "maxMemory", false
	case "--max-age":
		return "maxAge", false
	case "--max-requests":
		return "maxRequests", false
	case "--max-restarts":
		return "maxRestarts", false
	case "--min-uptime":
		return "minUptime", false
	case "--ready":
		return "readyWhen", false
	case "--ready-timeout":
		return "readyTimeout", false
	case "--drain-timeout":
		return "drainTimeout", false
	case "--stop-timeout":
		return "stopTimeout", false
	case "--log":
		return "logFile", false
	case "--log-format":
		return "logFormat", false
	case "--log-max-size":
		return "logMaxSize", false
	case "--log-keep":
		return "logKeep", false
	case "--log-time":
		return "logTime", true
	case "--watch":
		return "watch", true
	}
	return "", false
}

var configName = regexp.MustCompile(`(\.config\.[cm]?js|\.json)$`)

// prepareServe reads the options of serve.
func (c *command) prepareServe() error {
	app := map[string]any{}
	var job struct {
		Module      string `json:"module,omitempty"` // a configuration that is a script
		Config      any    `json:"config,omitempty"`
		Environment string `json:"environment"`
		Socket      string `json:"socket,omitempty"`
		Admin       string `json:"admin,omitempty"`
	}
	config, noSocket := "", false
	args := c.args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		if args[0] == "--" {
			args = args[1:]
			break
		}
		flag, value, hasValue := strings.Cut(args[0], "=")
		args = args[1:]
		key, isBool := appKey(flag)
		switch {
		case hasValue && (flag == "--no-socket" || flag == "--log-time"):
			return fmt.Errorf("%s takes no value", flag)
		case flag == "--no-socket":
			noSocket = true
			continue
		case isBool:
			app[key] = true
			if flag == "--watch" && hasValue {
				app[key] = toList(strings.Split(value, ","))
			}
			continue
		case !hasValue && len(args) == 0:
			return fmt.Errorf("%s requires an argument", flag)
		case !hasValue:
			value, args = args[0], args[1:]
		}
		switch {
		case flag == "--env-file":
			files, _ := app["envFile"].([]any)
			app["envFile"] = append(files, value)
		case flag == "--config" || flag == "-c":
			config = value
		case flag == "--env":
			job.Environment = value
		case flag == "--socket":
			job.Socket = value
		case flag == "--admin":
			job.Admin = value
		case key == "":
			return fmt.Errorf("bad option: %s", flag)
		case key == "maxRequests" || key == "maxRestarts" || key == "logKeep" || key == "surge":
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return fmt.Errorf("%s must be a number", flag)
			}
			app[key] = n
		default:
			app[key] = value
		}
	}
	switch {
	case config == "" && len(args) == 0:
		return fmt.Errorf("what is to be served? gonode serve app.js, or --help")
	case config == "" && configName.MatchString(args[0]) && len(args) == 1:
		config = args[0]
	case config != "" && len(args) > 0:
		return fmt.Errorf("either --config or a script can be used, not both")
	}
	name, _ := app["name"].(string)
	if config != "" {
		if len(app) > 0 {
			return fmt.Errorf("options of an app do not go with a configuration, which has them")
		}
		abs, err := filepath.Abs(config)
		if err != nil {
			return err
		}
		if strings.HasSuffix(config, ".json") {
			text, err := os.ReadFile(config)
			if err != nil {
				return err
			}
			// Read here for errors that name the line.
			if _, err := supervise.ReadJSON(text, job.Environment); err != nil {
				return fmt.Errorf("%s: %w", config, err)
			}
			job.Config = json.RawMessage(text)
		} else if _, err := os.Stat(abs); err != nil {
			return err
		} else {
			job.Module = abs
		}
		name, _, _ = strings.Cut(filepath.Base(config), ".")
	} else {
		app["script"], app["args"] = args[0], toList(args[1:])
		if len(c.execArgv) > 0 {
			app["execArgv"] = toList(c.execArgv)
		}
		job.Config = []any{app}
		list, err := supervise.ParseConfig(job.Config, job.Environment)
		if err != nil {
			return err
		}
		script := list[0].Script
		if !filepath.IsAbs(script) {
			script = filepath.Join(list[0].Cwd, script)
		}
		if !isScript(script) {
			return fmt.Errorf("there is no script %s", script)
		}
		name = list[0].Name
	}
	if job.Socket == "" && !noSocket {
		path, err := supervise.SocketPath(name)
		if err != nil {
			return err
		}
		job.Socket = path
	} else if job.Socket != "" {
		path, err := filepath.Abs(job.Socket)
		if err != nil {
			return err
		}
		job.Socket = path
	}
	c.args, c.execArgv = nil, nil
	var err error
	c.serve, err = json.Marshal(job)
	return err
}

func toList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// client talks to the supervisor at a path.
type client string

// find chooses the supervisor: that of --socket or --name, or the only one that runs.
func find(socket, name string) (client, error) {
	if name != "" {
		path, err := supervise.SocketPath(name)
		if err != nil {
			return "", err
		}
		socket = path
	}
	if socket == "" {
		all, _ := filepath.Glob(filepath.Join(supervise.SocketDir(), "serve-*.sock"))
		all = slices.DeleteFunc(all, func(path string) bool {
			conn, err := net.Dial("unix", path)
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
		switch len(all) {
		case 0:
			return "", fmt.Errorf("no supervisor runs")
		case 1:
			socket = all[0]
		default:
			var names []string
			for _, path := range all {
				names = append(names, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "serve-"), ".sock"))
			}
			return "", fmt.Errorf("several supervisors run: choose one by --name %s", strings.Join(names, " or "))
		}
	}
	return client(socket), nil
}

func (c client) status() (st *supervise.Status, err error) {
	err = supervise.Ask(string(c), supervise.Request{Command: "status"}, func(r supervise.Reply) error {
		st = r.Status
		return nil
	})
	if err == nil && st == nil {
		err = errors.New("the supervisor has ended")
	}
	return
}

// talk does what the commands but serve are for.
func (c *command) talk(name string) error {
	var socket, supervisor, lines string
	var follow, asJSON bool
	var rest []string
	for args := c.args; len(args) > 0; args = args[1:] {
		flag, value, hasValue := strings.Cut(args[0], "=")
		target := map[string]*string{"--socket": &socket, "--name": &supervisor, "--lines": &lines, "-n": &lines}[flag]
		switch {
		case target != nil && !hasValue && len(args) == 1:
			return fmt.Errorf("%s requires an argument", flag)
		case target != nil && !hasValue:
			args = args[1:]
			*target = args[0]
		case target != nil && hasValue:
			*target = value
		case hasValue && (flag == "--follow" || flag == "--json"):
			return fmt.Errorf("%s takes no value", flag)
		case flag == "--follow" || flag == "-f":
			follow = true
		case flag == "--json":
			asJSON = true
		case strings.HasPrefix(flag, "-"):
			return fmt.Errorf("bad option: %s", flag)
		default:
			rest = append(rest, args[0])
		}
	}
	most := 1
	if name == "scale" {
		most = 2
	}
	if len(rest) > most {
		return fmt.Errorf("too many arguments: %s", strings.Join(rest[most:], " "))
	}
	s, err := find(socket, supervisor)
	if err != nil {
		return err
	}
	r := supervise.Request{Command: name}
	switch name {
	case "ps":
		return s.ps(asJSON)
	case "top":
		return s.top(os.Stdout)
	case "page":
		return supervise.Ask(string(s), r, func(reply supervise.Reply) error {
			_, err := fmt.Println(reply.Page)
			return err
		})
	case "logs":
		if r.Lines, err = strconv.Atoi(cmp.Or(lines, "20")); err != nil || r.Lines < 0 {
			return fmt.Errorf("--lines must be a number")
		}
		r.Follow = follow
	case "scale":
		if len(rest) == 0 {
			return fmt.Errorf("to how many? gonode scale [app] N")
		}
		r.Workers = rest[len(rest)-1]
		rest = rest[:len(rest)-1]
	}
	if len(rest) > 0 {
		r.App = rest[0]
	}
	if name == "logs" {
		return s.logs(r, asJSON)
	}
	before, err := s.status()
	if err != nil {
		return err
	}
	if err := supervise.Ask(string(s), r, nil); err != nil {
		return err
	}
	return s.await(name, r.App, before)
}

// await waits until what was asked for has happened.
func (c client) await(name, app string, before *supervise.Status) error {
	for {
		st, err := c.status()
		if err != nil {
			if name == "stop" {
				return nil // it has ended
			}
			return err
		}
		done := true
		for i, a := range st.Apps {
			if app != "" && a.Name != app {
				continue
			}
			if a.GivenUp && name != "stop" {
				return fmt.Errorf("%s was given up: %s", a.Name, a.Failure)
			}
			switch name {
			case "reload":
				if a.Reloading {
					done = false
				} else if a.Generation <= before.Apps[i].Generation && !a.Stopped {
					err := fmt.Errorf("%s was not reloaded: %s", a.Name, a.Failure)
					if a.Ready {
						err = fmt.Errorf("%w; the old workers serve on", err)
					}
					return err
				}
			case "scale":
				done = done && (a.Ready || a.Stopped)
			case "stop":
				done = done && len(a.Workers) == 0 && app != ""
			}
		}
		if done {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c client) ps(asJSON bool) error {
	st, err := c.status()
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(st)
	}
	writeTable(os.Stdout, st, nil)
	return nil
}

// writeTable writes what workers there are; rates, if it is not nil, are their requests per second.
func writeTable(w io.Writer, st *supervise.Status, rates map[int]float64) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "app\tworker\tpid\tstate\tuptime\tmemory\tcpu\trequests\topen\tp50\tp99\tloop p99\trestarts\t")
	if rates != nil {
		fmt.Fprint(t, "req/s\t")
	}
	fmt.Fprintln(t)
	for _, a := range st.Apps {
		for _, w := range a.Workers {
			u := &w.Usage
			fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%.1f MB\t%.1f s\t%d\t%d\t%s\t%s\t%s\t%d\t", a.Name, w.ID, w.PID, w.State, (time.Duration(w.Uptime) * time.Second).String(),
				float64(u.Memory)/(1<<20), u.CPU, u.Requests, u.Connections, ms(u.Latency.Quantile(0.5)), ms(u.Latency.Quantile(0.99)), ms(u.Loop.P99), a.Restarts)
			if rates != nil {
				fmt.Fprintf(t, "%.0f\t", rates[w.ID])
			}
			fmt.Fprintln(t)
		}
		if len(a.Workers) == 0 {
			fmt.Fprintf(t, "%s\t-\t-\t%s\t\t\t\t\t\t\t\t\t%d\t\n", a.Name, map[bool]string{true: "stopped", false: "failed"}[a.Stopped], a.Restarts)
		}
	}
	t.Flush()
	for _, a := range st.Apps {
		if a.Failure != "" {
			fmt.Fprintf(w, "%s: the last failure: %s\n", a.Name, a.Failure)
		}
	}
}

func ms(seconds float64) string { return fmt.Sprintf("%.3g ms", seconds*1000) }

func (c client) logs(r supervise.Request, asJSON bool) error {
	return supervise.Ask(string(c), r, func(reply supervise.Reply) error {
		line := reply.Line
		if line == nil {
			return nil
		}
		var err error
		if asJSON {
			err = json.NewEncoder(os.Stdout).Encode(line)
		} else {
			_, err = fmt.Printf("%s %s %s\n", line.Time.Format("15:04:05.000"), line.From(), line.Text)
		}
		return err
	})
}
