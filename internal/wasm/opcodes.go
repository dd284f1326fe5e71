package wasm

import (
	"strings"
	"sync"
)

// instruction is one whose operands and results have fixed types. immediate says what follows its opcode: m and a number, an address with so
// much alignment (in powers of two), exactly so with M; l and b, a lane of so many, with an address before it; s, 16 bytes; z, a byte that is zero.
type instruction struct {
	name            string
	params, results []ValueType
	immediate       string
}

// plain lists them, by the number of the first of those that come one after another: name, operands:results, immediate.
const plain = `
28 i32.load i:i m2|i64.load i:l m3|f32.load i:f m2|f64.load i:d m3|i32.load8_s i:i m0|i32.load8_u i:i m0|i32.load16_s i:i m1|i32.load16_u i:i m1|i64.load8_s i:l m0|i64.load8_u i:l m0|i64.load16_s i:l m1|i64.load16_u i:l m1|i64.load32_s i:l m2|i64.load32_u i:l m2|i32.store ii: m2|i64.store il: m3|f32.store if: m2|f64.store id: m3|i32.store8 ii: m0|i32.store16 ii: m1|i64.store8 il: m0|i64.store16 il: m1|i64.store32 il: m2
45 i32.eqz i:i
46 i32.{eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u} ii:i
50 i64.eqz l:i
51 i64.{eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u} ll:i
5b f32.{eq,ne,lt,gt,le,ge} ff:i
61 f64.{eq,ne,lt,gt,le,ge} dd:i
67 i32.{clz,ctz,popcnt} i:i
6a i32.{add,sub,mul,div_s,div_u,rem_s,rem_u,and,or,xor,shl,shr_s,shr_u,rotl,rotr} ii:i
79 i64.{clz,ctz,popcnt} l:l
7c i64.{add,sub,mul,div_s,div_u,rem_s,rem_u,and,or,xor,shl,shr_s,shr_u,rotl,rotr} ll:l
8b f32.{abs,neg,ceil,floor,trunc,nearest,sqrt} f:f
92 f32.{add,sub,mul,div,min,max,copysign} ff:f
99 f64.{abs,neg,ceil,floor,trunc,nearest,sqrt} d:d
a0 f64.{add,sub,mul,div,min,max,copysign} dd:d
a7 i32.wrap_i64 l:i|i32.trunc_f32_s f:i|i32.trunc_f32_u f:i|i32.trunc_f64_s d:i|i32.trunc_f64_u d:i|i64.extend_i32_s i:l|i64.extend_i32_u i:l|i64.trunc_f32_s f:l|i64.trunc_f32_u f:l|i64.trunc_f64_s d:l|i64.trunc_f64_u d:l
b2 f32.convert_i32_s i:f|f32.convert_i32_u i:f|f32.convert_i64_s l:f|f32.convert_i64_u l:f|f32.demote_f64 d:f|f64.convert_i32_s i:d|f64.convert_i32_u i:d|f64.convert_i64_s l:d|f64.convert_i64_u l:d|f64.promote_f32 f:d
bc i32.reinterpret_f32 f:i|i64.reinterpret_f64 d:l|f32.reinterpret_i32 i:f|f64.reinterpret_i64 l:d|i32.extend8_s i:i|i32.extend16_s i:i|i64.extend8_s l:l|i64.extend16_s l:l|i64.extend32_s l:l
fc00 i32.trunc_sat_f32_s f:i|i32.trunc_sat_f32_u f:i|i32.trunc_sat_f64_s d:i|i32.trunc_sat_f64_u d:i|i64.trunc_sat_f32_s f:l|i64.trunc_sat_f32_u f:l|i64.trunc_sat_f64_s d:l|i64.trunc_sat_f64_u d:l
fe00 memory.atomic.notify ii:i M2|memory.atomic.wait32 iil:i M2|memory.atomic.wait64 ill:i M3|atomic.fence : z
fe10 i32.atomic.load i:i M2|i64.atomic.load i:l M3|i32.atomic.load8_u i:i M0|i32.atomic.load16_u i:i M1|i64.atomic.load8_u i:l M0|i64.atomic.load16_u i:l M1|i64.atomic.load32_u i:l M2|i32.atomic.store ii: M2|i64.atomic.store il: M3|i32.atomic.store8 ii: M0|i32.atomic.store16 ii: M1|i64.atomic.store8 il: M0|i64.atomic.store16 il: M1|i64.atomic.store32 il: M2
fd00 v128.load i:v m4|v128.load8x8_s i:v m3|v128.load8x8_u i:v m3|v128.load16x4_s i:v m3|v128.load16x4_u i:v m3|v128.load32x2_s i:v m3|v128.load32x2_u i:v m3|v128.load8_splat i:v m0|v128.load16_splat i:v m1|v128.load32_splat i:v m2|v128.load64_splat i:v m3|v128.store iv: m4|v128.const :v s|i8x16.shuffle vv:v s|i8x16.swizzle vv:v|i8x16.splat i:v|i16x8.splat i:v|i32x4.splat i:v|i64x2.splat l:v|f32x4.splat f:v|f64x2.splat d:v
fd15 i8x16.extract_lane_s v:i l16|i8x16.extract_lane_u v:i l16|i8x16.replace_lane vi:v l16|i16x8.extract_lane_s v:i l8|i16x8.extract_lane_u v:i l8|i16x8.replace_lane vi:v l8|i32x4.extract_lane v:i l4|i32x4.replace_lane vi:v l4|i64x2.extract_lane v:l l2|i64x2.replace_lane vl:v l2|f32x4.extract_lane v:f l4|f32x4.replace_lane vf:v l4|f64x2.extract_lane v:d l2|f64x2.replace_lane vd:v l2
fd23 i8x16.{eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u} vv:v
fd2d i16x8.{eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u} vv:v
fd37 i32x4.{eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u} vv:v
fd41 f32x4.{eq,ne,lt,gt,le,ge} vv:v
fd47 f64x2.{eq,ne,lt,gt,le,ge} vv:v
fd4d v128.not v:v|v128.and vv:v|v128.andnot vv:v|v128.or vv:v|v128.xor vv:v|v128.bitselect vvv:v|v128.any_true v:i
fd54 v128.load8_lane iv:v b0|v128.load16_lane iv:v b1|v128.load32_lane iv:v b2|v128.load64_lane iv:v b3|v128.store8_lane iv: b0|v128.store16_lane iv: b1|v128.store32_lane iv: b2|v128.store64_lane iv: b3|v128.load32_zero i:v m2|v128.load64_zero i:v m3|f32x4.demote_f64x2_zero v:v|f64x2.promote_low_f32x4 v:v
fd60 i8x16.abs v:v|i8x16.neg v:v|i8x16.popcnt v:v|i8x16.all_true v:i|i8x16.bitmask v:i|i8x16.narrow_i16x8_s vv:v|i8x16.narrow_i16x8_u vv:v|f32x4.ceil v:v|f32x4.floor v:v|f32x4.trunc v:v|f32x4.nearest v:v|i8x16.shl vi:v|i8x16.shr_s vi:v|i8x16.shr_u vi:v|i8x16.add vv:v|i8x16.add_sat_s vv:v|i8x16.add_sat_u vv:v|i8x16.sub vv:v|i8x16.sub_sat_s vv:v|i8x16.sub_sat_u vv:v|f64x2.ceil v:v|f64x2.floor v:v|i8x16.min_s vv:v|i8x16.min_u vv:v|i8x16.max_s vv:v|i8x16.max_u vv:v|f64x2.trunc v:v|i8x16.avgr_u vv:v
fd7c i16x8.extadd_pairwise_i8x16_s v:v|i16x8.extadd_pairwise_i8x16_u v:v|i32x4.extadd_pairwise_i16x8_s v:v|i32x4.extadd_pairwise_i16x8_u v:v
fd80 i16x8.abs v:v|i16x8.neg v:v|i16x8.q15mulr_sat_s vv:v|i16x8.all_true v:i|i16x8.bitmask v:i|i16x8.narrow_i32x4_s vv:v|i16x8.narrow_i32x4_u vv:v|i16x8.extend_low_i8x16_s v:v|i16x8.extend_high_i8x16_s v:v|i16x8.extend_low_i8x16_u v:v|i16x8.extend_high_i8x16_u v:v|i16x8.shl vi:v|i16x8.shr_s vi:v|i16x8.shr_u vi:v|i16x8.add vv:v|i16x8.add_sat_s vv:v|i16x8.add_sat_u vv:v|i16x8.sub vv:v|i16x8.sub_sat_s vv:v|i16x8.sub_sat_u vv:v|f64x2.nearest v:v|i16x8.mul vv:v|i16x8.min_s vv:v|i16x8.min_u vv:v|i16x8.max_s vv:v|i16x8.max_u vv:v
fd9b i16x8.avgr_u vv:v|i16x8.extmul_low_i8x16_s vv:v|i16x8.extmul_high_i8x16_s vv:v|i16x8.extmul_low_i8x16_u vv:v|i16x8.extmul_high_i8x16_u vv:v|i32x4.abs v:v|i32x4.neg v:v
fda3 i32x4.all_true v:i|i32x4.bitmask v:i
fda7 i32x4.extend_low_i16x8_s v:v|i32x4.extend_high_i16x8_s v:v|i32x4.extend_low_i16x8_u v:v|i32x4.extend_high_i16x8_u v:v|i32x4.shl vi:v|i32x4.shr_s vi:v|i32x4.shr_u vi:v|i32x4.add vv:v
fdb1 i32x4.sub vv:v
fdb5 i32x4.mul vv:v|i32x4.min_s vv:v|i32x4.min_u vv:v|i32x4.max_s vv:v|i32x4.max_u vv:v|i32x4.dot_i16x8_s vv:v
fdbc i32x4.extmul_low_i16x8_s vv:v|i32x4.extmul_high_i16x8_s vv:v|i32x4.extmul_low_i16x8_u vv:v|i32x4.extmul_high_i16x8_u vv:v|i64x2.abs v:v|i64x2.neg v:v
fdc3 i64x2.all_true v:i|i64x2.bitmask v:i
fdc7 i64x2.extend_low_i32x4_s v:v|i64x2.extend_high_i32x4_s v:v|i64x2.extend_low_i32x4_u v:v|i64x2.extend_high_i32x4_u v:v|i64x2.shl vi:v|i64x2.shr_s vi:v|i64x2.shr_u vi:v|i64x2.add vv:v
fdd1 i64x2.sub vv:v
fdd5 i64x2.mul vv:v|i64x2.eq vv:v|i64x2.ne vv:v|i64x2.lt_s vv:v|i64x2.gt_s vv:v|i64x2.le_s vv:v|i64x2.ge_s vv:v|i64x2.extmul_low_i32x4_s vv:v|i64x2.extmul_high_i32x4_s vv:v|i64x2.extmul_low_i32x4_u vv:v|i64x2.extmul_high_i32x4_u vv:v|f32x4.abs v:v|f32x4.neg v:v
fde3 f32x4.sqrt v:v|f32x4.add vv:v|f32x4.sub vv:v|f32x4.mul vv:v|f32x4.div vv:v|f32x4.min vv:v|f32x4.max vv:v|f32x4.pmin vv:v|f32x4.pmax vv:v|f64x2.abs v:v|f64x2.neg v:v
fdef f64x2.sqrt v:v|f64x2.add vv:v|f64x2.sub vv:v|f64x2.mul vv:v|f64x2.div vv:v|f64x2.min vv:v|f64x2.max vv:v|f64x2.pmin vv:v|f64x2.pmax vv:v|i32x4.trunc_sat_f32x4_s v:v|i32x4.trunc_sat_f32x4_u v:v|f32x4.convert_i32x4_s v:v|f32x4.convert_i32x4_u v:v|i32x4.trunc_sat_f64x2_s_zero v:v|i32x4.trunc_sat_f64x2_u_zero v:v|f64x2.convert_low_i32x4_s v:v|f64x2.convert_low_i32x4_u v:v`

// control are the names of the other instructions.
const control = `00 unreachable|nop|block|loop|if|else|try|catch|throw|rethrow|throw_ref|end|br|br_if|br_table|return|call|call_indirect|return_call|return_call_indirect|call_ref|return_call_ref
18 delegate|catch_all|drop|select|select
1f try_table|local.get|local.set|local.tee|global.get|global.set|table.get|table.set
3f memory.size|memory.grow|i32.const|i64.const|f32.const|f64.const
d0 ref.null|ref.is_null|ref.func
d4 ref.as_non_null|br_on_null|br_on_non_null
fc08 memory.init|data.drop|memory.copy|memory.fill|table.init|elem.drop|table.copy|table.grow|table.size|table.fill`

// instructions are those of plain, and the names of all, by opcode: the prefix's byte in the third and fourth places.
var instructions = sync.OnceValues(func() (map[uint32]*instruction, map[uint32]string) {
	types := map[rune]ValueType{'i': I32, 'l': I64, 'f': F32, 'd': F64, 'v': V128}
	list, names := map[uint32]*instruction{}, map[uint32]string{}
	each := func(table string, f func(op uint32, text string)) {
		for line := range strings.Lines(table) {
			first, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
			if !ok {
				continue
			}
			var op uint32
			for _, c := range first {
				op = op<<4 | uint32(strings.IndexRune("0123456789abcdef", c))
			}
			if len(first) > 2 {
				op = op>>8<<16 | op&0xff
			}
			for one := range strings.SplitSeq(rest, "|") {
				before, group, many := strings.Cut(one, "{")
				if !many {
					f(op, one)
					op++
					continue
				}
				group, after, _ := strings.Cut(group, "}")
				for name := range strings.SplitSeq(group, ",") {
					f(op, before+name+after)
					op++
				}
			}
		}
	}
	kinds := func(s string) (l []ValueType) {
		for _, c := range s {
			l = append(l, types[c])
		}
		return l
	}
	add := func(op uint32, text string) {
		parts := strings.Fields(text)
		in := &instruction{name: parts[0]}
		params, results, _ := strings.Cut(parts[1], ":")
		in.params, in.results = kinds(params), kinds(results)
		if len(parts) > 2 {
			in.immediate = parts[2]
		}
		list[op], names[op] = in, in.name
	}
	each(plain, add)
	// What changes memory in one step comes in seven widths.
	op := uint32(0xfe001e)
	for _, name := range []string{"add", "sub", "and", "or", "xor", "xchg", "cmpxchg"} {
		for _, form := range []string{"i32.atomic.rmw i 2", "i64.atomic.rmw l 3", "i32.atomic.rmw8 i 0", "i32.atomic.rmw16 i 1", "i64.atomic.rmw8 l 0", "i64.atomic.rmw16 l 1", "i64.atomic.rmw32 l 2"} {
			f := strings.Fields(form)
			suffix := ""
			if !strings.HasSuffix(f[0], "rmw") {
				suffix = "_u"
			}
			operands := "i" + f[1]
			if name == "cmpxchg" {
				operands += f[1]
			}
			add(op, f[0]+"."+name+suffix+" "+operands+":"+f[1]+" M"+f[2])
			op++
		}
	}
	each(control, func(op uint32, name string) { names[op] = name })
	return list, names
})
