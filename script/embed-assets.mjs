// Turns files into one C++ source and one blob for it to carry: see cmake/EmbedAssets.cmake.
// Each file is stored as it is and as gzip, brotli and deflate, so that nothing is compressed at run time.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";
import { parseArgs, promisify } from "node:util";
import zlib from "node:zlib";

const usage = `Usage: node script/embed-assets.mjs --out FILE.cpp --root FOLDER --function NAME --type NAME
         --include HEADER [--prefix TEXT] [--etag-of PACKAGE.JSON] [FILE…]

Embeds the given files of FOLDER, or all of them. Writes FILE.cpp, which defines
  std::span<const TYPE> FUNCTION() noexcept
sorted by path, and FILE.bin beside it. HEADER declares both.`;

const text = { type: "string" };
const { values: option, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: text, root: text, function: text, type: text, include: text,
    prefix: { type: "string", default: "" }, "etag-of": text, help: { type: "boolean" },
  },
});
if (option.help) {
  console.log(usage);
  process.exit(0);
}
for (const name of ["out", "root", "function", "type", "include"])
  if (!option[name]) {
    console.error(`embed-assets: --${name} is missing\n${usage}`);
    process.exit(2);
  }

// The official server's own choice for the two that it serves; all text is UTF-8.
const contentTypes = {
  ".js": "application/javascript; charset=utf-8",
  ".mjs": "application/javascript; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
};
const compressedAlready = new Set([".png", ".jpg", ".webp", ".woff2", ".mp3", ".ogg"]);

function everyFile(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? everyFile(path) : [relative(option.root, path)];
  });
}

const names = (positionals.length > 0 ? positionals : everyFile(option.root)).map((name) => name.split(sep).join("/"));
if (names.length === 0) {
  console.error(`embed-assets: ${option.root} is empty`);
  process.exit(1);
}
const bytewise = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
names.sort(bytewise);

const gzip = promisify(zlib.gzip);
const deflate = promisify(zlib.deflate);
const brotli = promisify(zlib.brotliCompress);

const version = option["etag-of"] && JSON.parse(readFileSync(option["etag-of"], "utf8")).version;

const files = await Promise.all(
  names.map(async (name) => {
    const bytes = readFileSync(join(option.root, name));
    const type = contentTypes[extname(name)];
    if (!type) throw new Error(`embed-assets: ${name}: no content type known for "${extname(name)}", add it here`);
    let forms = [];
    if (!compressedAlready.has(extname(name)))
      forms = await Promise.all([
        gzip(bytes, { level: 9 }),
        brotli(bytes, { params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        deflate(bytes, { level: 9 }),
      ]);
    // Weak, since one tag stands for every encoding of the file; the official bundle has its version instead.
    const etag = version ? `"${version}"` : `W/"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
    return { path: option.prefix + name, type, etag, forms: [bytes, ...forms] };
  }),
);

const blob = `${option.out.replace(/\.cpp$/, "")}.bin`;
const symbol = `roomcast_embedded_${option.function.replace(/\W+/g, "_")}`;
const quoted = (string) => JSON.stringify(string);  // our strings are ASCII; what is not would fail to compile or test

const pieces = [];
let offset = 0;
const rows = files.map(({ path, type, etag, forms }) => {
  const views = [0, 1, 2, 3].map((i) => {
    if (!forms[i]) return "{}";
    const view = `{${symbol} + ${offset}, ${forms[i].length}}`;
    pieces.push(forms[i]);
    offset += forms[i].length;
    return view;
  });
  return `    {${[quoted(path), quoted(type), quoted(etag), ...views].join(",\n     ")}},`;
});
const contents = Buffer.concat(pieces);

const space = option.function.slice(0, option.function.lastIndexOf("::"));
const source = `// Made by script/embed-assets.mjs from ${names.length} file(s); contents ${createHash("sha256").update(contents).digest("hex")}
#include <${option.include}>

#include <span>

// The bytes go straight to the assembler: a compiler would need seconds for them as an array.
__asm__(
    ".pushsection .rodata\\n"
    ".globl ${symbol}\\n"
    ".hidden ${symbol}\\n"
    "${symbol}:\\n"
    ".incbin \\"${blob}\\"\\n"
    ".byte 0\\n"
    ".popsection\\n");
extern "C" __attribute__((visibility("hidden"))) const char ${symbol}[${contents.length + 1}];

namespace ${space} {

namespace {
constinit const ${option.type} embedded[] = {
${rows.join("\n")}
};
}  // namespace

std::span<const ${option.type}> ${option.function.slice(space.length + 2)}() noexcept { return embedded; }

}  // namespace ${space}
`;

function writeIfChanged(path, data) {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(data))) return;
  writeFileSync(path, data);
}
mkdirSync(dirname(option.out), { recursive: true });
writeIfChanged(blob, contents);
writeIfChanged(option.out, source);
