// Fails when something public of include/roomcast is missing in docs/api.md, or the other way round: see usage.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { rows } from "./doc-tables.mjs";

const usage = `Usage: node script/api-names.mjs XML API.md

Compares Doxygen's XML of the public headers with the tables of API.md that have the columns "name" and "example".
Members of a class, of an enumeration or of the namespace reasons belong under the heading that names it; functions,
types and macros that stand by themselves may be anywhere. Names whose comment begins with "For the library" are left out.`;

const [xml, document] = process.argv.slice(2);
if (!xml || xml.startsWith("-") || !document) {
  console.error(usage);
  process.exit(2);
}

const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
const first = (text, tag) => unescape(new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(text)?.[1] ?? "").trim();
const plain = (text) => text.replace(/<[^>]*>/g, "").trim();

/** Every public name: { owner, name, place }; the owner is "" for what stands by itself. */
function publicNames() {
  const names = [];
  for (const file of readdirSync(xml).filter((name) => /^(class|struct|namespaceroomcast|version_8hpp).*\.xml$/.test(name))) {
    const compound = readFileSync(join(xml, file), "utf8");
    const [, about] = /<compounddef ([^>]*)>/.exec(compound);
    const [, kind] = /kind="(\w+)"/.exec(about);
    // A partial specialization goes by its first argument: Typed<Socket>.
    const owner = first(compound, "compoundname").replace(/^roomcast(::)?/, "").replace(/<\s*(\w+)[^>]*>/, "<$1>");
    if (about.includes('prot="private"') || /(^|::)detail/.test(owner)) continue;
    const members = [...compound.matchAll(/<memberdef kind="(\w+)"([^>]*)>([^]*?)<\/memberdef>/g)];
    const add = (belongsTo, name, text) => {
      const place = /<location file="([^"]*)" line="(\d+)"/.exec(text);
      names.push({ owner: belongsTo, name, place: place ? `${place[1]}:${place[2]}` : file });
    };
    if (kind !== "namespace" && kind !== "file" && members.length === 0) add("", owner, compound);
    for (const [, memberKind, attributes, text] of members) {
      const name = first(text, "name");
      const said = plain(first(text, "briefdescription") + first(text, "detaileddescription"));
      if (!attributes.includes('prot="public"') || said.startsWith("For the library")) continue;
      if (memberKind === "friend" && !name.startsWith("operator")) continue;
      if (name.startsWith("~") || /=\s*(delete)/.test(first(text, "argsstring"))) continue;
      if (memberKind === "enum") {
        for (const value of text.matchAll(/<enumvalue [^>]*>([^]*?)<\/enumvalue>/g)) add(name, first(value[1], "name"), text);
      } else {
        add(kind === "file" ? "" : owner, name, text);
      }
    }
  }
  return names;
}

const text = readFileSync(document, "utf8");
const table = rows(text);
const documented = new Set(table.flatMap(({ section, names }) => names.flatMap((name) => [`${section}::${name}`, `::${name}`])));
const complaints = new Set();

const names = publicNames();
if (names.length < 100) complaints.add(`${xml}: only ${names.length} public names; is that Doxygen's XML of include/roomcast?`);
for (const { owner, name, place } of names) {
  if (documented.has(`${owner}::${name}`)) continue;
  const full = owner ? `${owner}::${name}` : name;
  const where = owner ? `the table under the heading \`${owner}\` (make both if they are not there)` : "a table";
  complaints.add(
    `${place}: ${full} is not in ${document}. Add a row to ${where}, beside its neighbours:\n` +
      `    | \`${name}(…)\` | Socket.IO's name for it, or — | one sentence | \`one line of C++ that uses it\` |`,
  );
}

// The other way round: rows about names that are gone, or that show something else.
const known = new Set(names.map(({ owner, name }) => `${owner}::${name}`));
const owners = new Set(names.map(({ owner }) => owner));
const alone = new Set([...owners, ...names.filter(({ owner }) => owner === "").map(({ name }) => name)]);
for (const { section, names: said, example, complete, line } of table) {
  const at = `${document}:${line}`;
  if (!complete || example === "") complaints.add(`${at}: every cell must say something, and the last one be \`code\``);
  for (const name of said) {
    const real = owners.has(section) ? known.has(`${section}::${name}`) : alone.has(name);
    if (!real) complaints.add(`${at}: include/roomcast has no public ${owners.has(section) ? `${section}::` : ""}${name}`);
    // Calls and conversions do not show the operator's name.
    const shown = { "operator()": "(", "operator bool": "if (", "operator[]": "[" }[name] ?? name.replace(/^operator/, "");
    if (!example.includes(shown) && name !== section) complaints.add(`${at}: the example does not show ${name}`);
  }
}

for (const complaint of complaints) console.error(complaint);
if (complaints.size === 0) console.log(`${document}: all ${known.size} public names, ${table.length} examples`);
process.exit(complaints.size === 0 ? 0 : 1);
