// The tables of docs/api.md, as the scripts that check it read them.

/**
 * The rows of every table that has the columns "name" and "example": { section, names, example, line }.
 * `section` is the name in the heading above it, without its backquotes, and `names` are those of the first cell, each
 * without its parameters.
 */
export function rows(markdown) {
  const found = [];
  let section = "";
  let columns = null;
  let fenced = false;
  markdown.split("\n").forEach((text, index) => {
    if (text.startsWith("```")) fenced = !fenced;
    if (fenced) return;
    const heading = /^#+ (.*)$/.exec(text);
    if (heading) section = heading[1].replaceAll("`", "");
    if (!text.startsWith("|")) {
      columns = null;
      return;
    }
    const cells = text.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));
    if (!columns) {
      columns = cells;
      return;
    }
    if (/^-+$/.test(cells[0])) return;
    const [name, example] = [columns.indexOf("name"), columns.indexOf("example")];
    if (name < 0 || example < 0) return;
    found.push({
      section,
      names: [...(cells[name] ?? "").matchAll(/`([^`]+)`/g)].map(([, signature]) => nameOf(signature)),
      example: /^`(.*)`$/.exec(cells[example] ?? "")?.[1] ?? "",
      complete: cells.length === columns.length && cells.every((cell) => cell !== ""),
      line: index + 1,
    });
  });
  return found;
}

/** `emit_with_ack<T>(event, args…)` is about emit_with_ack, and `()` about operator(). */
export function nameOf(signature) {
  if (/^operator\b/.test(signature)) return signature;
  if (/^[^A-Za-z_]+$/.test(signature)) return `operator${signature}`;
  return signature.replace(/[<(].*$/, "");
}
