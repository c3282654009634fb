// Lays docs/openapi.json out: what fits a line stands on one. Run it after editing the file by hand.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { api, file } from "./description.mjs";

const width = 100;

function onOneLine(value) {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `"${name}": ${onOneLine(each)}`);
  return members.length ? `{ ${members.join(", ")} }` : "{}";
}

// `before` characters stand before it on its line, and a comma may follow.
function laidOut(value, indent, before) {
  const line = onOneLine(value);
  if (indent.length + before + line.length < width || value === null || typeof value !== "object") {
    return line;
  }
  const inner = indent + "  ";
  if (Array.isArray(value)) {
    const items = value.map((each) => inner + laidOut(each, inner, 0));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(
    ([name, each]) => `${inner}"${name}": ${laidOut(each, inner, name.length + 4)}`);
  return `{\n${members.join(",\n")}\n${indent}}`;
}

export const formatted = laidOut(api, "", 0) + "\n";

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(file, formatted);
