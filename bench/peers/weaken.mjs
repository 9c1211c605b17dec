// node weaken.mjs FILE VERSION: lets a shared object load although the C library lacks a version of symbols that the
// object asks for, by flagging that need as weak. The symbols themselves have to come from somewhere else.
import { readFileSync, writeFileSync } from 'node:fs';

const [file, version] = process.argv.slice(2);
const bytes = readFileSync(file);
const needOfVersions = 0x6ffffffe; // SHT_GNU_verneed
const weak = 2; // VER_FLG_WEAK

// ELF64, little-endian: the table of sections is at 0x28, the size of its rows and their number at 0x3A.
const table = Number(bytes.readBigUInt64LE(0x28));
const rowSize = bytes.readUInt16LE(0x3a);
const rowCount = bytes.readUInt16LE(0x3c);
const section = (index) => {
  const at = table + index * rowSize;
  return { type: bytes.readUInt32LE(at + 4), offset: Number(bytes.readBigUInt64LE(at + 24)), link: bytes.readUInt32LE(at + 40) };
};
const needs = Array.from({ length: rowCount }, (_, i) => section(i)).find(({ type }) => type === needOfVersions);
if (!needs) throw new Error(`${file} asks for no versions`);
const names = section(needs.link).offset;
const nameAt = (offset) => bytes.toString('latin1', names + offset, bytes.indexOf(0, names + offset));

// One entry per library, each with a list of the versions that are needed of it.
for (let entry = needs.offset, next = 1; next !== 0; entry += next) {
  next = bytes.readUInt32LE(entry + 12);
  for (let item = entry + bytes.readUInt32LE(entry + 8), more = 1; more !== 0; item += more) {
    more = bytes.readUInt32LE(item + 12);
    if (nameAt(bytes.readUInt32LE(item + 8)) === version) bytes.writeUInt16LE(weak, item + 4);
  }
}
writeFileSync(file, bytes);
