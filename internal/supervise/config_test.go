package supervise

import (
	"encoding/json"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestConfig(t *testing.T) {
	apps, err := ReadJSON([]byte(`{"apps": [{
		"name": "web", "script": "app.js", "args": "-p 80", "instances": 4, "exec_mode": "cluster", "max_memory_restart": "1.5G",
		"env": {"A": "1", "B": 2}, "env_production": {"A": "3"}, "env_test": {"A": "4"}, "kill_timeout": 1600, "wait_ready": true, "min_uptime": "2m",
		"watch": ["lib"], "autorestart": false, "out_file": "out.log", "log_type": "json"
	}, {"script": "dir/job.mjs", "instances": -1000}]}`), "production")
	if err != nil {
		t.Fatal(err)
	}
	a, b := apps[0], apps[1]
	if a.Name != "web" || strings.Join(a.Args, " ") != "-p 80" || a.Policy.Workers != 4 || a.Policy.MaxMemory != 3<<29 || a.Env["A"] != "3" || a.Env["B"] != "2" ||
		a.Policy.DrainWithin != 1600*time.Millisecond || a.Policy.ReadyWhen != "message" || a.Policy.MinUptime != 2*time.Minute || a.Watch[0] != "lib" ||
		!a.Policy.NoRestart || a.Log.File != "out.log" || !a.Log.JSON {
		t.Errorf("%+v", a)
	}
	if b.Name != "job" || b.Policy.Workers != 1 {
		t.Errorf("%+v", b)
	}
}

func TestConfigLimits(t *testing.T) {
	for _, text := range []string{`"memory=1.5G,pids=64,files=1024,cpus=0.01"`, `{"memory": "1.5G", "pids": 64, "files": "1024", "cpus": 0.01}`} {
		apps, err := ReadJSON([]byte(`{"script": "a", "limits": `+text+`}`), "")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := apps[0].Limits, (map[string]any{"memory": 1.5 * (1 << 30), "pids": 64.0, "files": 1024.0, "cpus": 0.01}); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\"apps\": [{\n\"script\": \"a\",\n\"instence\": 2}]}": `line 4: "instence" is not known`,
		"{\n\"apps\": [],\n}":       "line 3: ",
		`{"apps": []}`:              "has no apps",
		`[1]`:                       `"apps.0" must be an object`,
		`7`:                         "must be an object",
		`{"apps": [{"name": "x"}]}`: `has no script`,
		`{"apps": [{"script": "a"}, {"script": "b/a"}]}`: `is there twice: a`,
		`{"script": "a", "instances": 1.5}`:              `"instances" must be`,
		`{"script": "a", "instances": 1e9}`:              `"instances" must be`,
		`{"script": "a", "kill_timeout": "soon"}`:        `"kill_timeout" must be`,
		`{"script": "a", "kill_timeout": -1}`:            `"kill_timeout" must be`,
		`{"script": "a", "max_memory_restart": "lots"}`:  `"max_memory_restart" must be`,
		`{"script": "a", "env": {"A": {}}}`:              `"env" A must be a string`,
		`{"script": "a", "interpreter": "python"}`:       `"interpreter" must be one of node`,
		`{"script": "a", "sticky": "cookies"}`:           `"sticky" must be`,
		`{"script": ["a"]}`:                              `"script" must be a string`,
		`{"apps": [{"script": "a"}], "aps": 1}`:          `"aps" is not known`,
		`{"script": "a", "limits": 1}`:                   `"limits" must be an object`,
		`{"script": "a", "limits": {"memory": 0}}`:       `"limits" memory must be more than 0`,
		`{"script": "a", "limits": {"pids": 1.5}}`:       `"limits" pids must be a whole number`,
		`{"script": "a", "limits": {"files": true}}`:     `"limits" files must be a whole number`,
		`{"script": "a", "limits": "pids=0"}`:            `"limits" pids must be a whole number`,
		`{"script": "a", "limits": "cpus=0.001"}`:        `"limits" cpus must be a number of processors`,
		`{"script": "a", "limits": "cpus=NaN"}`:          `"limits" cpus must be a number of processors`,
		`{"script": "a", "limits": "cpu=1"}`:             `"limits" cpu is none of`,
	} {
		if _, err := ReadJSON([]byte(text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestLogRotates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logs", "a.log")
	l := NewLog("a", LogConfig{File: file, MaxSize: 100, Keep: 2}, nil)
	l.Pump(strings.NewReader(strings.Repeat("0123456789012345678901234567890\n", 20)+"end"), 1, 2, "stdout")
	files, _ := filepath.Glob(file + "*")
	if len(files) != 3 {
		t.Error(files)
	}
	for _, f := range files {
		if st, err := os.Stat(f); err != nil || st.Size() > 100 {
			t.Error(f, err)
		}
	}
	if text, _ := os.ReadFile(file); !strings.HasSuffix(string(text), "end\n") {
		t.Errorf("%q", text)
	}
	if r := l.Recent(2); len(r) != 2 || r[1].Text != "end" {
		t.Error(r)
	}
}

// A flood of lines, or one without end, is no flood of memory.
func TestLogIsBounded(t *testing.T) {
	l := NewLog("a", LogConfig{}, nil)
	_, stop := l.Follow()
	l.Pump(strings.NewReader(strings.Repeat("x", 10<<20)+"\n"+strings.Repeat("line\n", 1_000_000)), 1, 2, "stdout")
	stop()
	if l.bytes > recentBytes || len(l.recent) != recentLines || len(l.follow) != 0 {
		t.Error(l.bytes, len(l.recent))
	}
}

func TestLogOnAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("without /dev/full no disk is full")
	}
	var told strings.Builder
	l := NewLog("a", LogConfig{File: "/dev/full"}, &told)
	now := time.Now()
	for range 3 {
		l.Write(Line{Time: now, Text: "lost"})
	}
	file := filepath.Join(t.TempDir(), "a.log")
	l.config.File = file
	l.Write(Line{Time: now.Add(time.Minute), Text: "kept"})
	if text, _ := os.ReadFile(file); string(text) != "[3 lines were lost: the log could not be written]\nkept\n" {
		t.Errorf("%q", text)
	}
	if want := "[gonode serve] a: lines are lost: write /dev/full: no space left on device\n"; told.String() != want {
		t.Errorf("%q, want %q", told.String(), want)
	}
}

// Of a line that finds room for a part of it nothing is there, and what is told of lost lines is JSON where lines are.
func TestLogHasWholeLines(t *testing.T) {
	signal.Ignore(unix.SIGXFSZ)
	defer signal.Reset(unix.SIGXFSZ)
	file := filepath.Join(t.TempDir(), "a.log")
	l := NewLog("a", LogConfig{File: file, JSON: true}, nil)
	now := time.Now()
	l.Write(Line{Time: now, Text: "first"})
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(l.size) + 5, Max: old.Max})
	l.Write(Line{Time: now, Text: "in part"})
	unix.Setrlimit(unix.RLIMIT_FSIZE, &old)
	l.Write(Line{Time: now.Add(time.Minute), Text: "last"})
	text, _ := os.ReadFile(file)
	var texts []string
	for line := range strings.Lines(string(text)) {
		var one Line
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		texts = append(texts, one.Text)
	}
	if got := strings.Join(texts, ", "); got != "first, [1 lines were lost: the log could not be written], last" {
		t.Error(got)
	}
}
