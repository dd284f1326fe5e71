package runtime

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"strings"

	"gonode/internal/engine"
	"gonode/internal/loader"
	"gonode/internal/sourcemap"
)

// SourceMapsSupport says whether source maps of scripts are read, as module.setSourceMapsSupport sets it.
type SourceMapsSupport struct {
	Enabled       bool // of scripts that are loaded from then on
	NodeModules   bool // also in packages
	GeneratedCode bool // also of what scripts compile
}

// SourceMap is the source map of a script.
type SourceMap struct {
	*sourcemap.Map
	// Payload is the map as JSON, its sources as absolute URLs.
	Payload string
	// LineLengths are those of the script's lines.
	LineLengths []int
}

// SourceMaps are a runtime's source maps. Loop goroutine only.
type SourceMaps struct {
	support SourceMapsSupport
	fetch   func(file string) ([]byte, error) // from where scripts are
	files   map[string]*SourceMap             // by the script's name
}

// SetSupport changes of which scripts source maps are read.
func (s *SourceMaps) SetSupport(support SourceMapsSupport) { s.support = support }

// Support tells of which scripts source maps are read.
func (s *SourceMaps) Support() SourceMapsSupport { return s.support }

// Of is the source map of a script that was loaded, by its path or URL; nil if there is none.
func (s *SourceMaps) Of(file string) *SourceMap {
	if m := s.files[file]; m != nil {
		return m
	}
	if strings.HasPrefix(file, "file:") {
		return s.files[filePath(file)]
	}
	return s.files[loader.FileURL(file)]
}

// filePath is the path of a file: URL; what is no such URL it leaves as it is.
func filePath(name string) string {
	if u, err := url.Parse(name); err == nil && u.Scheme == "file" {
		return u.Path
	}
	return name
}

// read reads the source map that a script names.
func (s *SourceMaps) read(file, text string) {
	if !s.support.Enabled || !s.support.NodeModules && strings.Contains(file, "/node_modules/") {
		return
	}
	link := sourcemap.Comment(text)
	if link == "" {
		return
	}
	base, err := url.Parse(file)
	if err != nil || base.Scheme == "" {
		base, _ = url.Parse(loader.FileURL(file))
	}
	data, at, ok := s.fetchMap(base, link)
	if !ok {
		return
	}
	var payload sourcemap.Payload
	var raw map[string]json.RawMessage
	if json.Unmarshal(data, &payload) != nil || json.Unmarshal(data, &raw) != nil {
		return
	}
	for i, source := range payload.Sources {
		ref := source
		if payload.SourceRoot != "" {
			ref = strings.TrimSuffix(payload.SourceRoot, "/") + "/" + source
		}
		if u, err := at.Parse(ref); err == nil {
			payload.Sources[i] = u.String()
		}
	}
	payload.SourceRoot = ""
	m, err := sourcemap.Parse(&payload)
	if err != nil {
		return
	}
	found := &SourceMap{Map: m, Payload: withSources(data, payload.Sources)}
	for line := range strings.SplitSeq(text, "\n") {
		found.LineLengths = append(found.LineLengths, len(line))
	}
	if s.files == nil {
		s.files = map[string]*SourceMap{}
	}
	s.files[file] = found
}

// withSources is a source map's text with other sources, and without a root of them.
func withSources(data []byte, sources []string) string {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	var b strings.Builder
	if _, err := dec.Token(); err != nil {
		return "{}"
	}
	rooted := false
	b.WriteByte('{')
	for first := true; dec.More(); first = false {
		key, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return "{}"
		}
		switch key {
		case "sources":
			value, _ = json.Marshal(sources)
		case "sourceRoot":
			value, rooted = json.RawMessage(`""`), true
		}
		if !first {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(key)
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	if !rooted {
		b.WriteString(`,"sourceRoot":""`)
	}
	b.WriteByte('}')
	return b.String()
}

// fetchMap gives the text of a source map, and what its sources are relative to.
func (s *SourceMaps) fetchMap(base *url.URL, link string) (data []byte, at *url.URL, ok bool) {
	if inline, isData := strings.CutPrefix(link, "data:"); isData {
		kind, body, _ := strings.Cut(inline, ",")
		if !strings.HasPrefix(kind, "application/json") {
			return nil, nil, false
		}
		if strings.HasSuffix(kind, ";base64") {
			data, err := base64.StdEncoding.DecodeString(body)
			return data, base, err == nil
		}
		text, err := url.PathUnescape(body)
		return []byte(text), base, err == nil
	}
	at, err := base.Parse(link)
	if err != nil || at.Scheme != "file" {
		return nil, nil, false
	}
	data, err = s.fetch(at.Path)
	return data, at, err == nil
}

// original moves the sites of a stack to where the sources of the scripts have them.
func (s *SourceMaps) original(sites []engine.Site) {
	if !s.support.Enabled || len(s.files) == 0 {
		return
	}
	// A function is named where it is called.
	names := make([]string, len(sites))
	for i := range sites {
		if i+1 < len(sites) && sites[i].File == sites[i+1].File {
			if e := s.entry(&sites[i+1]); e != nil && e.HasName {
				names[i] = e.Name
			}
		}
	}
	for i := range sites {
		if s.move(&sites[i]) && names[i] != "" {
			sites[i].Function, sites[i].TypeName, sites[i].Method = names[i], "", ""
		}
	}
}

func (s *SourceMaps) entry(site *engine.Site) *sourcemap.Entry {
	m := s.files[site.File]
	if m == nil || site.Native || site.Eval || site.Line < 1 || site.Col < 1 {
		return nil
	}
	if e := m.Find(site.Line-1, site.Col-1); e != nil && e.HasSource {
		return e
	}
	return nil
}

// move moves a site to where the source has it, and tells whether it has.
func (s *SourceMaps) move(site *engine.Site) bool {
	e := s.entry(site)
	if e == nil {
		return false
	}
	site.File, site.Line, site.Col = filePath(e.Source), e.OriginalLine+1, e.OriginalColumn+1
	return true
}

// place is where the source of a script has a site, with the line's text.
func (s *SourceMaps) place(site engine.Site) (file, line string, at engine.Site, ok bool) {
	e := s.entry(&site)
	if !s.support.Enabled || e == nil {
		return "", "", site, false
	}
	m := s.files[site.File]
	text, there := m.Content(e.Source)
	if !there {
		data, err := s.fetch(filePath(e.Source))
		if err != nil {
			return "", "", site, false
		}
		text = string(data)
	}
	s.move(&site)
	lines := strings.Split(text, "\n")
	if site.Line > len(lines) {
		return "", "", site, false
	}
	return path.Clean(site.File), strings.TrimSuffix(lines[site.Line-1], "\r"), site, true
}

// Original moves a call site to where the source of its script has it, and tells whether that is known.
func (s *SourceMaps) Original(site *engine.Site) (moved bool) {
	e := s.entry(site)
	if !s.support.Enabled || e == nil {
		return false
	}
	site.File, site.Line, site.Col = e.Source, e.OriginalLine+1, e.OriginalColumn+1
	return true
}
