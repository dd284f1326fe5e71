package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// module is a Go module that is in a binary.
type module struct {
	Path, Version string
	Dir           string // where its source is on this machine
	License       string // an SPDX identifier, "" if none was recognized
	Texts         []string
	Hash          string // of its source, in hexadecimal, from go.sum
}

// modules lists what a binary was built from, by its own build information. Modules that are replaced by a folder of the project are its own.
func modules(info *debug.BuildInfo) ([]module, error) {
	sums, err := goSum("go.sum")
	if err != nil {
		return nil, err
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Version}} {{.Dir}}", "all").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 3 {
			dirs[f[0]+"@"+f[1]] = f[2]
		}
	}
	var list []module
	for _, d := range info.Deps {
		if d.Replace != nil {
			continue
		}
		m := module{Path: d.Path, Version: d.Version, Dir: dirs[d.Path+"@"+d.Version], Hash: sums[d.Path+"@"+d.Version]}
		if m.Dir == "" {
			return nil, fmt.Errorf("%s %s is not in go.mod", d.Path, d.Version)
		}
		if err := m.readLicense(); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|unlicense|patents)[-.\w]*$`)

func (m *module) readLicense() error {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !licenseFile.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return err
		}
		m.Texts = append(m.Texts, strings.TrimSpace(string(text)))
		if m.License == "" {
			m.License = recognize(string(text))
		}
	}
	if len(m.Texts) == 0 {
		return fmt.Errorf("%s has no licence", m.Path)
	}
	return nil
}

// recognize finds the identifier of a licence's text.
func recognize(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	has := func(s string) bool { return strings.Contains(text, s) }
	switch {
	case has("apache license") && has("version 2.0"):
		return "Apache-2.0"
	case has("mozilla public license") && has("2.0"):
		return "MPL-2.0"
	case has("permission is hereby granted, free of charge"):
		return "MIT"
	case has("permission to use, copy, modify, and/or distribute") || has("permission to use, copy, modify, and distribute"):
		return "ISC"
	case has("redistribution and use in source and binary forms") && (has("neither the name") || has("names of its contributors")):
		return "BSD-3-Clause"
	case has("redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case has("this is free and unencumbered software"):
		return "Unlicense"
	}
	return ""
}

// goSum reads the hashes of modules' sources.
func goSum(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) != 3 {
			continue
		}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f[2], "h1:"))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, f[0], err)
		}
		sums[f[0]+"@"+f[1]] = hex.EncodeToString(sum)
	}
	return sums, nil
}

// The parts of CycloneDX 1.6 that are written.
type (
	bom struct {
		BOMFormat    string       `json:"bomFormat"`
		SpecVersion  string       `json:"specVersion"`
		SerialNumber string       `json:"serialNumber"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Component  component  `json:"component"`
		Properties []property `json:"properties"`
	}
	component struct {
		Type     string    `json:"type"`
		Ref      string    `json:"bom-ref"`
		Name     string    `json:"name"`
		Version  string    `json:"version"`
		PURL     string    `json:"purl,omitempty"`
		Hashes   []hash    `json:"hashes,omitempty"`
		Licenses []license `json:"licenses,omitempty"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	license struct {
		License struct {
			ID string `json:"id"`
		} `json:"license"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

// materials is the bill of materials of a binary, as CycloneDX JSON. The same binary gives the same text.
func materials(binary []byte, info *debug.BuildInfo, list []module, version string) ([]byte, error) {
	sum := sha256.Sum256(binary)
	own := component{Type: "application", Ref: "gonode", Name: "gonode", Version: version, Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}}, Licenses: licensed("MIT")}
	b := bom{BOMFormat: "CycloneDX", SpecVersion: "1.6", Version: 1, Metadata: metadata{Component: own}}
	// A version 8 UUID made of the binary.
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	b.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	b.Metadata.Properties = append(b.Metadata.Properties, property{"go:version", info.GoVersion})
	for _, s := range info.Settings {
		b.Metadata.Properties = append(b.Metadata.Properties, property{"go:build:" + s.Key, s.Value})
	}
	standard := component{Type: "library", Ref: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"), Name: "std", Version: strings.TrimPrefix(info.GoVersion, "go"), Licenses: licensed("BSD-3-Clause")}
	standard.PURL = standard.Ref
	b.Components = append(b.Components, standard)
	for _, m := range list {
		c := component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version, Licenses: licensed(m.License)}
		c.Ref = c.PURL
		if m.Hash != "" {
			c.Hashes = []hash{{"SHA-256", m.Hash}}
		}
		b.Components = append(b.Components, c)
	}
	d := dependency{Ref: own.Ref}
	for _, c := range b.Components {
		d.DependsOn = append(d.DependsOn, c.Ref)
	}
	b.Dependencies = []dependency{d}
	out, err := json.MarshalIndent(b, "", "  ")
	return append(out, '\n'), err
}

func licensed(id string) []license {
	if id == "" {
		return nil
	}
	var l license
	l.License.ID = id
	return []license{l}
}

// notices are the licences of all that is in a binary.
func notices(list []module) string {
	var b strings.Builder
	b.WriteString("gonode contains the Go standard library and these modules:\n\n")
	for _, m := range list {
		fmt.Fprintf(&b, "%s %s  %s\n", m.Path, m.Version, m.License)
	}
	list = append(slices.Clone(list), goItself())
	for _, m := range list {
		fmt.Fprintf(&b, "\n%s\n%s %s\n%s\n\n%s\n", strings.Repeat("=", 80), m.Path, m.Version, strings.Repeat("=", 80), strings.Join(m.Texts, "\n\n"))
	}
	return b.String()
}

// goItself is the standard library with its licence.
func goItself() module {
	m := module{Path: "Go standard library"}
	if out, err := exec.Command("go", "env", "GOROOT").Output(); err == nil {
		m.Dir = strings.TrimSpace(string(out))
		if err := m.readLicense(); err != nil {
			m.Texts = []string{"https://go.dev/LICENSE"}
		}
	}
	return m
}

// thirdParty is docs/third-party.md.
func thirdParty(list []module) string {
	var b strings.Builder
	b.WriteString(`# What gonode is made of

Written by ` + "`go run ./internal/release -docs`" + ` from go.mod; a test fails when it is stale. The texts of the licences, with those of the modules'
own notices, are in the file THIRD_PARTY_NOTICES.txt of a release.

| module | version | licence |
|---|---|---|
`)
	for _, m := range list {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Path, m.Version, m.License)
	}
	b.WriteString("| Go's standard library | that of go.mod or later | BSD-3-Clause |\n")
	return b.String()
}
