// clang-tidy over what the release preset compiles: see usage. A file is looked at again only when it, a
// header of ours that it includes, its compile command, .clang-tidy or clang-tidy itself has changed.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const usage = `Usage: node script/tidy.mjs [--again] [FILE…]

Runs clang-tidy 19 on every source that build/release compiles except those of tests, or on the FILEs only.
Needs a finished build there. --again forgets earlier clean results, which are kept in ~/.cache/roomcast/tidy.`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const build = join(root, "build/release");
const clean = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "roomcast/tidy");
const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) {
  console.log(usage);
  process.exit(0);
}
const again = args.includes("--again");
const only = args.filter((argument) => argument !== "--again").map((file) => resolve(file));

// What Ninja knows of each object file: the source and every header that went into it.
function dependencies() {
  const said = execFileSync("ninja", ["-C", build, "-t", "deps"], { encoding: "utf8", maxBuffer: 1 << 30 });
  const found = new Map();
  for (const block of said.split("\n\n")) {
    const [head, ...lines] = block.split("\n").filter((line) => line && !line.startsWith("ninja:"));
    if (head) found.set(head.slice(0, head.indexOf(":")), lines.map((line) => resolve(build, line.trim())));
  }
  return found;
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const digests = new Map();
function digestOf(file) {
  if (!digests.has(file)) digests.set(file, sha256(readFileSync(file)));
  return digests.get(file);
}

const tool = execFileSync("clang-tidy-19", ["--version"], { encoding: "utf8" });
const common = tool + digestOf(join(root, ".clang-tidy"));
const deps = dependencies();

const jobs = [];
for (const { file, command, output } of JSON.parse(readFileSync(join(build, "compile_commands.json"), "utf8"))) {
  if (!file.startsWith(`${root}/`) || file.startsWith(`${root}/build/`)) continue;  // generated
  if (only.length > 0 ? !only.includes(file) : /^(tests|fuzz)\//.test(relative(root, file))) continue;
  const used = deps.get(output ?? command.match(/ -o (\S+)/)[1]);
  if (!used) {
    console.error(`tidy: ${relative(root, file)} is not built; run script/build first`);
    process.exit(1);
  }
  const ours = used.filter((path) => path.startsWith(`${root}/`) && existsSync(path)).sort();
  const parts = [file, ...ours].map((path) => `${relative(root, path)} ${digestOf(path)}`);
  const key = sha256([common, command.replaceAll(root, "."), ...parts].join("\n"));
  if (again || !existsSync(join(clean, key))) jobs.push({ file, key });
}

mkdirSync(clean, { recursive: true });
let next = 0;
let failed = 0;
async function worker() {
  while (next < jobs.length) {
    const number = ++next;
    const { file, key } = jobs[number - 1];
    const begin = Date.now();
    const { status, said } = await new Promise((done) => {
      const child = spawn("clang-tidy-19", ["-p", build, "--quiet", file]);
      let said = "";
      child.stdout.on("data", (data) => (said += data));
      child.stderr.on("data", (data) => (said += data));
      child.on("close", (status) => done({ status, said }));
    });
    console.log(`[${number}/${jobs.length}] ${relative(root, file)} ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    if (status === 0) writeFileSync(join(clean, key), "");
    else {
      failed++;
      console.log(said.replace(/^\d+ warnings?.*\n/gm, "").trimEnd());
    }
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker));
console.log(jobs.length === 0 ? "tidy: nothing changed" : `tidy: ${jobs.length} looked at, ${failed} with findings`);
process.exit(failed > 0 ? 1 : 0);
