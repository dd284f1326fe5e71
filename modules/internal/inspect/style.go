package inspect

import (
	"strconv"

	"github.com/dop251/goja"
)

func itoa(n int) string { return strconv.Itoa(n) }

// colorCodes are inspect.colors: the codes that switch an attribute on and off again.
var colorCodes = [...]struct {
	name    string
	on, off int
}{
	{"reset", 0, 0}, {"bold", 1, 22}, {"dim", 2, 22}, {"italic", 3, 23}, {"underline", 4, 24}, {"blink", 5, 25},
	{"inverse", 7, 27}, {"hidden", 8, 28}, {"strikethrough", 9, 29}, {"doubleunderline", 21, 24},
	{"black", 30, 39}, {"red", 31, 39}, {"green", 32, 39}, {"yellow", 33, 39}, {"blue", 34, 39}, {"magenta", 35, 39},
	{"cyan", 36, 39}, {"white", 37, 39},
	{"bgBlack", 40, 49}, {"bgRed", 41, 49}, {"bgGreen", 42, 49}, {"bgYellow", 43, 49}, {"bgBlue", 44, 49},
	{"bgMagenta", 45, 49}, {"bgCyan", 46, 49}, {"bgWhite", 47, 49},
	{"framed", 51, 54}, {"overlined", 53, 55},
	{"gray", 90, 39}, {"redBright", 91, 39}, {"greenBright", 92, 39}, {"yellowBright", 93, 39}, {"blueBright", 94, 39},
	{"magentaBright", 95, 39}, {"cyanBright", 96, 39}, {"whiteBright", 97, 39},
	{"bgGray", 100, 49}, {"bgRedBright", 101, 49}, {"bgGreenBright", 102, 49}, {"bgYellowBright", 103, 49},
	{"bgBlueBright", 104, 49}, {"bgMagentaBright", 105, 49}, {"bgCyanBright", 106, 49}, {"bgWhiteBright", 107, 49},
}

var colorAliases = [...][2]string{
	{"gray", "grey"}, {"gray", "blackBright"}, {"bgGray", "bgGrey"}, {"bgGray", "bgBlackBright"}, {"dim", "faint"},
	{"strikethrough", "crossedout"}, {"strikethrough", "strikeThrough"}, {"strikethrough", "crossedOut"},
	{"hidden", "conceal"}, {"inverse", "swapColors"}, {"inverse", "swapcolors"}, {"doubleunderline", "doubleUnderline"},
}

var styleNames = [...][2]string{
	{"special", "cyan"}, {"number", "yellow"}, {"bigint", "yellow"}, {"boolean", "yellow"}, {"undefined", "grey"},
	{"null", "bold"}, {"string", "green"}, {"symbol", "green"}, {"date", "magenta"}, {"regexp", "red"}, {"module", "underline"},
}

// initStyles makes inspect.colors and inspect.styles when first looked at.
func (in *inspector) initStyles() {
	in.rt.DefineLazy(in.inspect, "colors", true, func() goja.Value { return in.colorTable() })
	in.rt.DefineLazy(in.inspect, "styles", true, func() goja.Value { return in.styleTable() })
}

func (in *inspector) colorTable() *goja.Object {
	if in.colors == nil {
		in.colors = in.vm.CreateObject(nil)
		for _, c := range colorCodes {
			in.colors.Set(c.name, in.vm.NewArray(c.on, c.off))
		}
		for _, a := range colorAliases {
			target := a[0]
			in.colors.DefineAccessorProperty(a[1],
				in.rt.Func("", 1, func(call goja.FunctionCall) goja.Value { return get(call.This.ToObject(in.vm), target) }),
				in.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
					o, ok := call.This.(*goja.Object)
					if !ok {
						panic(in.vm.NewTypeError("%s", "Cannot create property '"+target+"' on "+call.This.String()))
					}
					if err := o.Set(target, call.Argument(0)); err != nil {
						in.rt.Rethrow(err)
					}
					return goja.Undefined()
				}), goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	return in.colors
}

func (in *inspector) styleTable() *goja.Object {
	if in.styles == nil {
		in.styles = in.vm.CreateObject(nil)
		for _, s := range styleNames {
			in.styles.Set(s[0], s[1])
		}
	}
	return in.styles
}

// stylize colors s as its kind of value asks. Scripts may have changed the tables.
func (c *context) stylize(s, kind string) string {
	if c.stylizeFn != nil {
		return text(c.rt.Call(c.stylizeFn, goja.Undefined(), c.value(s), c.vm.ToValue(kind)).ToString())
	}
	if !c.colors {
		return s
	}
	style, ok := get(c.inspect, "styles").(*goja.Object)
	if !ok {
		return s
	}
	name := style.Get(kind)
	if name == nil || goja.IsUndefined(name) {
		return s
	}
	colors, ok := get(c.inspect, "colors").(*goja.Object)
	if !ok {
		return s
	}
	codes, ok := colors.Get(name.String()).(*goja.Object)
	if !ok {
		return s
	}
	return "\x1b[" + get(codes, "0").String() + "m" + s + "\x1b[" + get(codes, "1").String() + "m"
}
