package errs

import (
	"path"
	"strings"
)

// The messages that util.format's verbs cannot write.

func first(a []any) string { return at(a, 0) }

func bufferOutOfBounds(a []any) string {
	if name := at(a, 0); name != "" {
		return `"` + name + `" is outside of buffer bounds`
	}
	return "Attempt to access memory outside buffer bounds"
}

func constructCall(a []any) string {
	if name := at(a, 0); name != "" {
		return "Class constructor " + name + " cannot be invoked without `new`"
	}
	return "Cannot call constructor without `new`"
}

func fileURLPath(a []any) string { return "File URL path " + at(a, 0) }

func encodedData(a []any) string {
	return "The encoded data was not valid for encoding " + at(a, 0)
}

func falsyRejection([]any) string { return "Promise was rejected with falsy value" }

func internalAssertion(a []any) string {
	const suffix = "This is caused by either a bug in Node.js or incorrect usage of Node.js internals.\n" +
		"Please open an issue with this stack trace at https://github.com/nodejs/node/issues\n"
	if len(a) == 0 || a[0] == nil {
		return suffix
	}
	return at(a, 0) + "\n" + suffix
}

func addressFamily(a []any) string {
	return "Invalid address family: " + at(a, 0) + " " + at(a, 1) + ":" + at(a, 2)
}

func argOrProperty(name string) string {
	if strings.Contains(name, ".") {
		return "property"
	}
	return "argument"
}

func isClassName(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}) < 0
}

// argType takes the argument's name, what was expected (a type, a class or free words, or a list of them) and what came.
func argType(a []any) string {
	var b strings.Builder
	b.WriteString("The ")
	if name := at(a, 0); strings.HasSuffix(name, " argument") {
		b.WriteString(name + " ")
	} else {
		b.WriteString(`"` + name + `" ` + argOrProperty(name) + " ")
	}
	b.WriteString("must be ")

	var types, classes, other []string
	for _, want := range list(a, 1) {
		switch want {
		case "string", "function", "number", "object", "Function", "Object", "boolean", "bigint", "symbol":
			types = append(types, strings.ToLower(want))
		default:
			if isClassName(want) {
				classes = append(classes, want)
			} else {
				other = append(other, want)
			}
		}
	}
	// Beside other classes, "object" is listed as the class Object.
	if len(classes) > 0 {
		for i, t := range types {
			if t == "object" {
				types = append(types[:i], types[i+1:]...)
				classes = append(classes, "Object")
				break
			}
		}
	}
	if len(types) > 0 {
		if len(types) > 1 {
			b.WriteString("one of type ")
		} else {
			b.WriteString("of type ")
		}
		b.WriteString(Join(types, "or"))
		if len(classes) > 0 || len(other) > 0 {
			b.WriteString(" or ")
		}
	}
	if len(classes) > 0 {
		b.WriteString("an instance of " + Join(classes, "or"))
		if len(other) > 0 {
			b.WriteString(" or ")
		}
	}
	if len(other) > 1 {
		b.WriteString("one of " + Join(other, "or"))
	} else if len(other) == 1 {
		if strings.ToLower(other[0]) != other[0] {
			b.WriteString("an ")
		}
		b.WriteString(other[0])
	}
	b.WriteString(". Received " + at(a, 2))
	return b.String()
}

func argValue(a []any) string {
	name, value, reason := at(a, 0), at(a, 1), "is invalid"
	if r := at(a, 2); r != "" {
		reason = r
	}
	if len(value) > 128 {
		if r := []rune(value); len(r) > 128 {
			value = string(r[:128]) + "..."
		}
	}
	return "The " + argOrProperty(name) + " '" + name + "' " + reason + ". Received " + value
}

func invalidChar(a []any) string {
	m := "Invalid character in " + at(a, 0)
	if len(a) > 1 && a[1] != nil {
		m += ` ["` + at(a, 1) + `"]`
	}
	return m
}

func mimeSyntax(a []any) string {
	m := "The MIME syntax for a " + at(a, 0) + ` in "` + at(a, 1) + `" is invalid`
	if i := at(a, 2); i != "" && i != "-1" {
		m += " at " + i
	}
	return m
}

func importedFrom(a []any, i int) string {
	if base := at(a, i); base != "" {
		return " imported from " + base
	}
	return ""
}

func moduleSpecifier(a []any) string {
	return `Invalid module "` + at(a, 0) + `" ` + at(a, 1) + importedFrom(a, 2)
}

func packageConfig(a []any) string {
	m := "Invalid package config " + at(a, 0)
	if base := at(a, 1); base != "" {
		m += " while importing " + base
	}
	if msg := at(a, 2); msg != "" {
		m += ". " + msg
	}
	return m
}

// packageTarget takes the package's folder with its slash, the key, the target as JSON, whether it stands in
// "imports", and the importing file.
func packageTarget(a []any) string {
	pkg, key, target, isImport := at(a, 0), at(a, 1), at(a, 2), flag(a, 3, false)
	hint := ""
	if !isImport && len(target) > 2 && target[0] == '"' && !strings.HasPrefix(target, `"./`) {
		hint = `; targets must start with "./"`
	}
	if key == "." {
		return `Invalid "exports" main target ` + target + " defined in the package config " + pkg + "package.json" +
			importedFrom(a, 4) + hint
	}
	field := "exports"
	if isImport {
		field = "imports"
	}
	return `Invalid "` + field + `" target ` + target + " defined for '" + key + "' in the package config " + pkg +
		"package.json" + importedFrom(a, 4) + hint
}

func returnProperty(a []any) string {
	return "Expected a valid " + at(a, 0) + ` to be returned for the "` + at(a, 2) + `" from the "` + at(a, 1) +
		`" hook but got ` + at(a, 3) + "."
}

func returnPropertyValue(a []any) string {
	return "Expected " + at(a, 0) + ` to be returned for the "` + at(a, 2) + `" from the "` + at(a, 1) +
		`" hook but got ` + at(a, 3) + "."
}

func returnValue(a []any) string {
	return "Expected " + at(a, 0) + ` to be returned from the "` + at(a, 1) + `" function but got ` + at(a, 2) + "."
}

func invalidURL([]any) string { return "Invalid URL" }

func urlScheme(a []any) string {
	if l := list(a, 0); len(l) == 2 {
		return "The URL must be one of scheme " + l[0] + " or " + l[1]
	}
	return "The URL must be of scheme " + strings.Join(list(a, 0), "")
}

func missingArgs(a []any) string {
	names := make([]string, len(a))
	for i := range a {
		alternatives := list(a, i)
		quoted := make([]string, len(alternatives))
		for j, n := range alternatives {
			quoted[j] = `"` + n + `"`
		}
		names[i] = strings.Join(quoted, " or ")
	}
	plural := ""
	if len(a) > 1 {
		plural = "s"
	}
	return "The " + Join(names, "and") + " argument" + plural + " must be specified"
}

func moduleNotFound(a []any) string {
	kind := "package"
	if at(a, 2) != "" {
		kind = "module"
	}
	return "Cannot find " + kind + " '" + at(a, 0) + "' imported from " + at(a, 1)
}

// outOfRange takes the argument's name, the range in words, the value and whether the name is the whole first sentence.
func outOfRange(a []any) string {
	m := `The value of "` + at(a, 0) + `" is out of range.`
	if flag(a, 3, false) {
		m = at(a, 0)
	}
	return m + " It must be " + at(a, 1) + ". Received " + at(a, 2)
}

func packageImport(a []any) string {
	in := ""
	if pkg := at(a, 1); pkg != "" {
		in = " in package " + pkg + "package.json"
	}
	return `Package import specifier "` + at(a, 0) + `" is not defined` + in + " imported from " + at(a, 2)
}

func packagePath(a []any) string {
	if at(a, 1) == "." {
		return `No "exports" main defined in ` + at(a, 0) + "package.json" + importedFrom(a, 2)
	}
	return "Package subpath '" + at(a, 1) + `' is not defined by "exports" in ` + at(a, 0) + "package.json" +
		importedFrom(a, 2)
}

func unknownOption(a []any) string {
	m := "Unknown option '" + at(a, 0) + "'"
	if flag(a, 1, false) {
		m += ". To specify a positional argument starting with a '-', place it at the end of the command after '--', " +
			"as in '-- " + quoteJSON(at(a, 0))
	}
	return m
}

// requireAsync takes the module, the files that lead to it, and whether the awaits' places are shown.
func requireAsync(a []any) string {
	m := "require() cannot be used on an ESM graph with top-level await. Use import() instead."
	if at(a, 2) != "true" {
		m += " To see where the top-level await comes from, use --experimental-print-required-tla."
	}
	if file := at(a, 0); file != "" {
		m += "\nRequired module: " + file
	}
	if stack := list(a, 1); len(stack) > 0 {
		m += "\nRequire stack:\n- " + strings.Join(stack, "\n- ")
	}
	return m
}

// requireRace takes the module and the requiring file.
func requireRace(a []any) string {
	parent := " "
	if p := at(a, 1); p != "" {
		parent = p + " in "
	}
	return "Cannot require() ES Module " + at(a, 0) + " because it is not yet fully loaded.\nThis may be caused by a race condition if the module is" +
		" simultaneously dynamically import()-ed via Promise.all().\nTry await-ing the import() sequentially in a loop instead.\n (From " + parent +
		"non-loader-hook thread)"
}

// requireESM takes the file, whether the requiring file has ESM syntax, the requiring file and the package.json that
// says "type": "module".
func requireESM(a []any) string {
	file, parent, pkg := at(a, 0), at(a, 2), at(a, 3)
	m := "require() of ES Module " + file
	if parent != "" {
		m += " from " + parent
	}
	m += " not supported."
	const instead = " to a dynamic import() which is available in all CommonJS modules."
	if pkg == "" {
		if strings.HasSuffix(file, ".mjs") {
			m += "\nInstead change the require of " + file + instead
		}
		return m
	}
	base := path.Base(file)
	if parent != "" && base == path.Base(parent) {
		base = file
	}
	if flag(a, 1, false) {
		return m + "\nInstead change the require of " + base + " in " + parent + instead
	}
	return m + "\n" + base + " is treated as an ES module file as it is a .js file whose nearest parent package.json " +
		`contains "type": "module" which declares all .js files in that package scope as ES modules.` +
		"\nInstead either rename " + base + " to end in .cjs, change the requiring code to use dynamic import() which " +
		`is available in all CommonJS modules, or change "type": "module" to "type": "commonjs" in ` + pkg +
		" to treat all .js files as CommonJS (using .mjs for all ES modules instead).\n"
}

func badPort(a []any) string {
	op := ">="
	if !flag(a, 2, true) {
		op = ">"
	}
	return at(a, 0) + " should be " + op + " 0 and < 65536. Received " + at(a, 1) + "."
}

func alpnResult(a []any) string {
	return "ALPN callback returned a value (" + at(a, 0) + ") that did not match any of the client's offered protocols (" +
		strings.Join(list(a, 1), ", ") + ")"
}

func altName(a []any) string {
	return "Hostname/IP does not match certificate's altnames: " + at(a, 0)
}

func unhandled(a []any) string {
	if len(a) == 0 || a[0] == nil {
		return "Unhandled error."
	}
	return "Unhandled error. (" + at(a, 0) + ")"
}

func dirImport(a []any) string {
	return "Directory import '" + at(a, 0) + "' is not supported resolving ES modules imported from " + at(a, 1)
}

func esmScheme(a []any) string {
	return "Only URLs with a scheme in: " + Join(list(a, 0), "and") + " are supported by the default ESM loader. " +
		"Received protocol '" + at(a, 1) + "'"
}

func execArgv(a []any) string {
	what := "invalid execArgv flags"
	if w := at(a, 1); w != "" {
		what = w
	}
	return "Initiated Worker with " + what + ": " + strings.Join(list(a, 0), ", ")
}

func workerPath(a []any) string {
	file := at(a, 0)
	m := "The worker script or module filename must be an absolute path or a relative path starting with './' or '../'."
	if strings.HasPrefix(file, "file://") {
		m += " Wrap file:// URLs with `new URL`."
	}
	if strings.HasPrefix(file, "data:text/javascript") {
		m += " Wrap data: URLs with `new URL`."
	}
	return m + ` Received "` + file + `"`
}

func streamCancel(a []any) string {
	if cause := at(a, 0); cause != "" {
		return "The pending stream has been canceled (caused by: " + cause + ")"
	}
	return "The pending stream has been canceled"
}

func settingValue(a []any) string {
	return `Invalid value for setting "` + at(a, 0) + `": ` + at(a, 1)
}
