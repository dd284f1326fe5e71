package engine

import (
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// keyOrder is the order of the keys of the language's own objects, as V8 has it, where the engine's is another.
var keyOrder = map[string]string{
	"Object": `length name prototype assign getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols hasOwn is
		preventExtensions seal create defineProperties defineProperty freeze getPrototypeOf setPrototypeOf isExtensible isFrozen isSealed keys entries
		fromEntries values groupBy`,
	"Array": `length name prototype isArray from fromAsync of`,
	"Number": `length name prototype isFinite isInteger isNaN isSafeInteger parseFloat parseInt MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY
		POSITIVE_INFINITY MAX_SAFE_INTEGER MIN_SAFE_INTEGER EPSILON`,
	"Symbol": `length name prototype for keyFor asyncIterator hasInstance isConcatSpreadable iterator match matchAll replace search species split
		toPrimitive toStringTag unscopables dispose asyncDispose`,
	"Date":    `length name prototype now parse UTC`,
	"Promise": `length name prototype all allSettled any race resolve reject withResolvers try`,
	"Error":   `length name prototype captureStackTrace isError stackTraceLimit`,
	"Math": `abs acos acosh asin asinh atan atanh atan2 ceil cbrt expm1 clz32 cos cosh exp floor fround hypot imul log log1p log2 log10 max min pow
		random round sign sin sinh sqrt tan tanh trunc E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 f16round`,
	"Atomics": `load store add sub and or xor exchange compareExchange isLockFree wait waitAsync notify pause`,
	"BigInt":  `length name prototype asUintN asIntN`,
	"Reflect": `defineProperty deleteProperty apply construct get getOwnPropertyDescriptor getPrototypeOf has isExtensible ownKeys
		preventExtensions set setPrototypeOf`,
	"Function.prototype": `length name arguments caller constructor apply bind call toString`,
	"Object.prototype": `constructor __defineGetter__ __defineSetter__ hasOwnProperty __lookupGetter__ __lookupSetter__ isPrototypeOf
		propertyIsEnumerable toString valueOf __proto__ toLocaleString`,
	"Array.prototype": `length constructor at concat copyWithin fill find findIndex findLast findLastIndex lastIndexOf pop push reverse shift unshift
		slice sort splice includes indexOf join keys entries values forEach filter flat flatMap map every some reduce reduceRight toReversed toSorted
		toSpliced with toLocaleString toString`,
	"Number.prototype":  `constructor toExponential toFixed toPrecision toString valueOf toLocaleString`,
	"Boolean.prototype": `constructor toString valueOf`,
	"String.prototype": `length constructor anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fontcolor fontsize fixed includes
		indexOf isWellFormed italics lastIndexOf link localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll search slice
		small split strike sub substr substring sup startsWith toString toWellFormed trim trimStart trimLeft trimEnd trimRight toLocaleLowerCase
		toLocaleUpperCase toLowerCase toUpperCase valueOf`,
	"Symbol.prototype": `constructor toString valueOf description`,
	"Date.prototype": `constructor toString toDateString toTimeString toISOString toUTCString toGMTString getDate setDate getDay getFullYear
		setFullYear getHours setHours getMilliseconds setMilliseconds getMinutes setMinutes getMonth setMonth getSeconds setSeconds getTime setTime
		getTimezoneOffset getUTCDate setUTCDate getUTCDay getUTCFullYear setUTCFullYear getUTCHours setUTCHours getUTCMilliseconds
		setUTCMilliseconds getUTCMinutes setUTCMinutes getUTCMonth setUTCMonth getUTCSeconds setUTCSeconds valueOf getYear setYear toJSON
		toLocaleString toLocaleDateString toLocaleTimeString`,
	"Promise.prototype":        `constructor then catch finally`,
	"Error.prototype":          `constructor name message toString`,
	"AggregateError.prototype": `constructor name message`,
	"EvalError.prototype":      `constructor name message`,
	"RangeError.prototype":     `constructor name message`,
	"ReferenceError.prototype": `constructor name message`,
	"SyntaxError.prototype":    `constructor name message`,
	"TypeError.prototype":      `constructor name message`,
	"URIError.prototype":       `constructor name message`,
	"ArrayBuffer.prototype":    `constructor byteLength slice maxByteLength resizable resize transfer transferToFixedLength detached`,
	"DataView.prototype": `constructor buffer byteLength byteOffset getInt8 setInt8 getUint8 setUint8 getInt16 setInt16 getUint16 setUint16 getInt32
		setInt32 getUint32 setUint32 getFloat32 setFloat32 getFloat64 setFloat64 getBigInt64 setBigInt64 getBigUint64 setBigUint64 getFloat16 setFloat16`,
	"Map.prototype": `constructor get set has delete clear entries forEach keys size values`,
	"Set.prototype": `constructor has add delete difference clear entries forEach intersection isSubsetOf isSupersetOf isDisjointFrom size
		symmetricDifference union values keys`,
	"SuppressedError.prototype":      `constructor name message`,
	"DisposableStack.prototype":      `constructor use dispose adopt defer move disposed`,
	"AsyncDisposableStack.prototype": `constructor use disposeAsync adopt defer move disposed`,
	"SharedArrayBuffer.prototype":    `constructor byteLength slice maxByteLength growable grow`,
	"%TypedArray%":                   `length name prototype of from`,
	"%TypedArray%.prototype": `constructor buffer byteLength byteOffset length entries keys values at copyWithin every fill filter find findIndex findLast
		findLastIndex forEach includes indexOf join lastIndexOf map reverse reduce reduceRight set slice some sort subarray toReversed toSorted with
		toLocaleString toString`,
}

// orders are the templates of objects in their order.
var orders struct {
	sync.Mutex
	m map[string]*templates.Extension
}

// arrange gives an object of the language the order of its keys. No script has seen it.
func arrange(o *goja.Object, name string) {
	keys, ok := keyOrder[name]
	if !ok {
		return
	}
	if layout.TemplateOf(o) != nil {
		orders.Lock()
		x := orders.m[name]
		if x == nil {
			x = &templates.Extension{Properties: func() []templates.Property { return nil }, Order: strings.Fields(keys)}
			if orders.m == nil {
				orders.m = map[string]*templates.Extension{}
			}
			orders.m[name] = x
		}
		orders.Unlock()
		x.Extend(o)
		return
	}
	base := layout.BaseOf(o)
	names := base.PropNames
	base.PropNames = templates.Ordered(names, func(name unistring.String) bool { return slices.Contains(names, name) }, strings.Fields(keys))
}

// arranged lists the global classes, whose keys and those of their prototypes are put in order when they are made.
func arranged() (list []templates.Property) {
	seen := map[string]bool{}
	for name := range keyOrder {
		class, _, _ := strings.Cut(name, ".")
		if seen[class] || strings.HasPrefix(class, "%") || class == "Function" {
			continue
		}
		seen[class] = true
		list = append(list, completed(class, func(_ *Engine, o *goja.Object) {
			arrange(o, class)
			if _, ok := keyOrder[class+".prototype"]; ok {
				if proto, ok := o.Get("prototype").(*goja.Object); ok {
					arrange(proto, class+".prototype")
				}
			}
		}))
	}
	return list
}
