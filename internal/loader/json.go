package loader

import (
	"encoding/json"
	"io"
	"strings"
)

// value is a JSON value whose objects keep the order of their keys, which decides between the conditions of "exports".
type value struct {
	kind byte // 0 absent, 'n' null, 's' string, 'a' array, 'o' object, 'x' number or boolean
	text string
	keys []string // of an object, without repetition
	list []value  // the items, or the values of keys
}

func (v value) get(key string) value {
	if v.kind == 'o' {
		for i, k := range v.keys {
			if k == key {
				return v.list[i]
			}
		}
	}
	return value{}
}

// set reports whether the value is there and not null.
func (v value) set() bool { return v.kind != 0 && v.kind != 'n' }

func parseJSON(data string) (value, error) {
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber()
	v, err := readValue(d)
	if err == nil {
		if _, err2 := d.Token(); err2 != io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	return v, err
}

func readValue(d *json.Decoder) (value, error) {
	t, err := d.Token()
	if err != nil {
		return value{}, err
	}
	switch t := t.(type) {
	case json.Delim:
		v := value{kind: 'a'}
		if t == '{' {
			v.kind = 'o'
		}
		for d.More() {
			at := len(v.keys)
			if v.kind == 'o' {
				key, err := d.Token()
				if err != nil {
					return v, err
				}
				name := key.(string)
				for i, k := range v.keys {
					if k == name {
						at = i
					}
				}
				if at == len(v.keys) {
					v.keys = append(v.keys, name)
				}
			} else {
				at = len(v.list)
			}
			item, err := readValue(d)
			if err != nil {
				return v, err
			}
			if at < len(v.list) {
				v.list[at] = item
			} else {
				v.list = append(v.list, item)
			}
		}
		_, err := d.Token()
		return v, err
	case string:
		return value{kind: 's', text: t}, nil
	case nil:
		return value{kind: 'n', text: "null"}, nil
	case json.Number:
		return value{kind: 'x', text: t.String()}, nil
	case bool:
		if t {
			return value{kind: 'x', text: "true"}, nil
		}
		return value{kind: 'x', text: "false"}, nil
	}
	return value{}, io.ErrUnexpectedEOF
}

// json writes the value as JSON.stringify does.
func (v value) json() string {
	switch v.kind {
	case 's':
		return quote(v.text)
	case 'a':
		items := make([]string, len(v.list))
		for i, it := range v.list {
			items[i] = it.json()
		}
		return "[" + strings.Join(items, ",") + "]"
	case 'o':
		items := make([]string, len(v.list))
		for i, it := range v.list {
			items[i] = quote(v.keys[i]) + ":" + it.json()
		}
		return "{" + strings.Join(items, ",") + "}"
	}
	return v.text
}

func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}
