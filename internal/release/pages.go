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
	roff := strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace
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
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(a.Usage()), roff(a.Text))
	})
	b.WriteString(".SH ENVIRONMENT\n")
	for _, v := range options.Variables() {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(v.Name), roff(v.Text))
	}
	b.WriteString(".SH EXIT STATUS\nThat of the script; 1 after an uncaught error, 9 for a wrong command line, 12 for a wrong value, 13 for a top\\-level await that never ends, 128 and the signal's number after a signal.\n")
	b.WriteString(".SH SEE ALSO\n.BR node (1)\n")
	return b.String()
}

// argument is what shells complete behind an option.
type argument int

const (
	nothing argument = iota // the next word is not the option's
	files
	anything // that cannot be completed
	joined   // the same, in the option's own word, behind "="
)

func argumentOf(a options.About) argument {
	switch {
	case a.Value == "":
		return nothing
	case a.Joined():
		return joined
	case strings.HasPrefix(a.Value, "["): // may be left out
		return nothing
	case a.Value == "file" || a.Value == "folder" || a.Value == "path" || a.Value == "module":
		return files
	}
	return anything
}

// bash is the completion for bash.
func bash() string {
	var flags, withFile, withValue []string
	all(func(_ string, a options.About) {
		for _, f := range a.Spellings() {
			switch argumentOf(a) {
			case joined:
				f += "="
			case files:
				withFile = append(withFile, f)
			case anything:
				withValue = append(withValue, f)
			}
			flags = append(flags, f)
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
    [[ ${COMPREPLY-} == *= ]] && compopt -o nospace 2>/dev/null
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
		for _, f := range a.Spellings() {
			value := ""
			switch argumentOf(a) {
			case files:
				value = ":" + quote(a.Value) + ":_files"
			case anything:
				value = ":" + quote(a.Value) + ":"
			case joined:
				f, value = f+"=-", ":"+quote(a.Value)+":"
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
		switch argumentOf(a) {
		case files:
			b.WriteString(" -r -F")
		case anything, joined:
			b.WriteString(" -x")
		}
		b.WriteString(" -d " + quote(a.Text) + "\n")
	})
	return b.String()
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
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(a.Usage(), ", ", "`, `"), a.Text)
		}
		b.WriteString("\n")
	}
	b.WriteString("## Environment\n\n| variable | what it does |\n|---|---|\n")
	for _, v := range options.Variables() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(v.Name, ", ", "`, `"), v.Text)
	}
	b.WriteString(`
A process with more rights than who has started it (set-uid, set-gid, file capabilities) sees none of the variables that begin with ` + "`NODE_`, `GONODE_`, `SSL_CERT_`,\n`OTEL_` and `XDG_`, nor `HOME` and `TMPDIR`" + `; those that join a child to its parent (` + "`NODE_CHANNEL_FD` and its kind, `NODE_UNIQUE_ID`" + `) it sees.
`)
	return b.String()
}
