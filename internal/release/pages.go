package main

import (
	"fmt"
	"strings"

	"gonode/internal/options"
	"gonode/runtime"
)

// all calls f with each option that has an effect, in the order of the table.
func all(f func(group string, a options.About)) {
	for _, g := range options.Groups() {
		for _, a := range g.Options {
			if a.Effect == options.Works {
				f(g.Title, a)
			}
		}
	}
}

var commands = [...][2]string{
	{"build", "make one executable of a program"},
	{"serve", "keep the workers of a server running"},
	{"page", "the address of the page of gonode serve"},
	{"top", "what the processes of gonode serve do, as a table"},
	{"diagnose", "stacks, handles, memory and profiles of a process that runs"},
	{"inspect", "a debugger at the terminal"},
}

// manual is gonode.1.
func manual() string {
	roff := strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.").Replace
	var b strings.Builder
	fmt.Fprintf(&b, ".TH GONODE 1 \"\" \"gonode %s\" \"User Commands\"\n.SH NAME\ngonode \\- run JavaScript with the API of Node.js\n", runtime.Version)
	b.WriteString(".SH SYNOPSIS\n.B gonode\n[options] [script] [arguments]\n.br\n.B gonode\n[options] \\-e text [arguments]\n.br\n.B gonode\ncommand [options]\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\nRuns scripts as Node.js %s does: child processes, clusters, servers, in one static binary. Without a script, a terminal gets an interactive session; otherwise standard input is the script.\n", roff(runtime.NodeVersion))
	b.WriteString(".SH COMMANDS\n")
	for _, c := range commands {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", c[0], roff(c[1]))
	}
	b.WriteString(".SH OPTIONS\n")
	last := ""
	all(func(group string, a options.About) {
		if group != last {
			fmt.Fprintf(&b, ".SS %s\n", roff(group))
			last = group
		}
		short := options.Short(a.Name)
		if short != "" {
			short += ", "
		}
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", strings.TrimSpace(roff(short+"--"+a.Name+" "+a.Value)), roff(a.Text))
	})
	b.WriteString(".SH ENVIRONMENT\n")
	for _, v := range options.Variables() {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(v.Name), roff(v.Text))
	}
	b.WriteString(".SH EXIT STATUS\nThat of the script; 1 after an uncaught error, 9 for a wrong command line, 12 for a wrong value, 13 for a top\\-level await that never ends, 128 and the signal's number after a signal.\n")
	b.WriteString(".SH SEE ALSO\n.BR node (1)\n")
	return b.String()
}

func takesFile(a options.About) bool {
	return a.Value == "file" || a.Value == "folder" || a.Value == "path" || a.Value == "module"
}

// bash is the completion for bash.
func bash() string {
	var flags, withFile, withValue []string
	all(func(_ string, a options.About) {
		for _, f := range spellings(a) {
			flags = append(flags, f)
			switch {
			case takesFile(a):
				withFile = append(withFile, f)
			case a.Value != "" && !strings.HasPrefix(a.Value, "["):
				withValue = append(withValue, f)
			}
		}
	})
	var names []string
	for _, c := range commands {
		names = append(names, c[0])
	}
	return fmt.Sprintf(`# bash completion for gonode
_gonode() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $prev in
    %s) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    %s) return ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "%s" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
    [[ $COMP_CWORD == 1 ]] && COMPREPLY+=($(compgen -W "%s" -- "$cur"))
  fi
}
complete -o filenames -F _gonode gonode
`, strings.Join(withFile, "|"), strings.Join(withValue, "|"), strings.Join(flags, " "), strings.Join(names, " "))
}

// zsh is the completion for zsh.
func zsh() string {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace
	var b strings.Builder
	b.WriteString("#compdef gonode\n_arguments -S \\\n")
	all(func(_ string, a options.About) {
		for _, f := range spellings(a) {
			value := ""
			switch {
			case takesFile(a):
				value = ":" + quote(a.Value) + ":_files"
			case a.Value != "" && !strings.HasPrefix(a.Value, "["):
				value = ":" + quote(a.Value) + ":"
			}
			fmt.Fprintf(&b, "  '*%s[%s]%s' \\\n", f, quote(a.Text), value)
		}
	})
	b.WriteString("  '*::script:_files'\n")
	return b.String()
}

// fish is the completion for fish.
func fish() string {
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'" }
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c gonode -n __fish_use_subcommand -a %s -d %s\n", c[0], quote(c[1]))
	}
	all(func(_ string, a options.About) {
		b.WriteString("complete -c gonode -l " + a.Name)
		if short := options.Short(a.Name); short != "" {
			b.WriteString(" -s " + short[1:])
		}
		switch {
		case takesFile(a):
			b.WriteString(" -r -F")
		case a.Value != "" && !strings.HasPrefix(a.Value, "["):
			b.WriteString(" -x")
		}
		b.WriteString(" -d " + quote(a.Text) + "\n")
	})
	return b.String()
}

func spellings(a options.About) []string {
	if short := options.Short(a.Name); short != "" {
		return []string{short, "--" + a.Name}
	}
	return []string{"--" + a.Name}
}

// page is docs/options.md.
func page() string {
	var b strings.Builder
	b.WriteString(`# Options and environment variables

Written by ` + "`go run ./internal/release -docs`" + ` from the table that the command itself uses (internal/options); a test fails when it is stale, and another
when an option is accepted and does nothing without standing below as one that does.

`)
	for _, g := range options.Groups() {
		fmt.Fprintf(&b, "## %s\n\n| option | what it does |\n|---|---|\n", g.Title)
		for _, a := range g.Options {
			name := strings.Join(spellings(a), "`, `")
			if a.Value != "" {
				name += " " + a.Value
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, a.Text)
		}
		b.WriteString("\n")
	}
	b.WriteString("## Environment\n\n| variable | what it does |\n|---|---|\n")
	for _, v := range options.Variables() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(v.Name, ", ", "`, `"), v.Text)
	}
	b.WriteString(`
A process with more rights than who has started it (set-uid, set-gid, file capabilities) sees none of the variables that begin with ` + "`NODE_`, `GONODE_`, `SSL_CERT_`,\n`OTEL_` and `XDG_`, nor `HOME` and `TMPDIR`" + `.
`)
	return b.String()
}
