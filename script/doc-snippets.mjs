// Makes one C++ source of the examples in Markdown files, so that the build proves them: see usage.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";

import { rows } from "./doc-tables.mjs";

const usage = `Usage: node script/doc-snippets.mjs OUT.cpp FILE.md…

Puts every \`\`\`cpp block and the example of every row of a table with the column "example" into OUT.cpp, each in a
function of its own that is given what docs/api.md promises (io, socket, …). Blocks with declarations stand in a
namespace instead. #line points errors at the Markdown.`;

const [out, ...files] = process.argv.slice(2);
if (!out || out.startsWith("-") || files.length === 0) {
  console.error(usage);
  process.exit(2);
}

// What is left of code without what stands in its braces: there a co_await belongs to a lambda.
function outermost(code) {
  let depth = 0;
  let left = "";
  for (const c of code) {
    if (c === "{") depth++;
    if (depth === 0) left += c;
    if (c === "}") depth--;
  }
  return left;
}

const includes = new Set();
const parts = [];

function add(code, file, line) {
  const body = code
    .split("\n")
    .map((text) => (/^#include /.test(text) ? (includes.add(text), "") : text))
    .join("\n");
  const name = `example_${parts.length}`;
  const place = `#line ${line} "${relative(process.cwd(), file)}"\n`;
  if (/^(int main|struct|class|namespace|template|void|BOOST_)\b/.test(body.trim())) {
    parts.push(`namespace ${name} {\n${place}${body}\n}\n`);
  } else {
    const coroutine = outermost(body).includes("co_await");
    const [result, end] = coroutine ? ["roomcast::Task<>", "co_return;"] : ["void", ""];
    parts.push(`${result} ${name}(GIVEN) {\n${place}${body}\n${end}}\n`);
  }
}

for (const file of files) {
  const text = readFileSync(file, "utf8");
  for (const match of text.matchAll(/^```cpp\n(.*?)^```$/gms))
    add(match[1], file, text.slice(0, match.index).split("\n").length + 1);
  for (const row of rows(text)) if (row.example) add(row.example, file, row.line);
}

const source = `// Made by script/doc-snippets.mjs.
${[...includes].join("\n")}
#include <iostream>
#include <regex>

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <roomcast/roomcast.hpp>

using namespace roomcast;
using namespace std::chrono_literals;

#define GIVEN \\
  [[maybe_unused]] Server &io, [[maybe_unused]] Namespace &nsp, [[maybe_unused]] Socket &socket, \\
  [[maybe_unused]] BroadcastOperator &group, [[maybe_unused]] RemoteSocket &remote, [[maybe_unused]] Ack &ack, \\
  [[maybe_unused]] Emitter &emitter, [[maybe_unused]] EmitterOperator &targets, \\
  [[maybe_unused]] Value &value, [[maybe_unused]] Args &args, [[maybe_unused]] BroadcastAnswers &answers, \\
  [[maybe_unused]] const Handshake &handshake, [[maybe_unused]] HttpRequest &request, \\
  [[maybe_unused]] ConnectionError &refusal, \\
  [[maybe_unused]] IncomingEvent &event, [[maybe_unused]] DisconnectDetails &details, \\
  [[maybe_unused]] boost::system::error_code error, [[maybe_unused]] std::string &reason

${parts.join("\n")}
int main() {}
`;
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, source);
