// Writes src/types.ts from the API's description: a type for each schema that the SDK speaks of.
// With --check it writes nothing, and fails where the file is not what it would write.
import { readFile, writeFile } from "node:fs/promises";

const { schemas } = JSON.parse(
  await readFile(new URL("../../../docs/openapi.json", import.meta.url), "utf8")).components;
const output = new URL("../src/types.ts", import.meta.url);

// What the methods take and return; what these refer to comes with them.
const roots = [
  "ErrorCode",
  "ProviderKeyList", "StoredKey", "RotatedKey", "VerifiedKey", "DeletedKey",
  "ChatRequest", "ChatAnswer", "ChatEvent", "EmbeddingsRequest", "EmbeddingsAnswer", "ModelList",
  "Usage",
  "Tenant", "TenantList", "TenantDetails", "TenantChange", "DeletedTenant",
  "TokenOrder", "CreatedToken", "TokenList", "RevokedToken",
  "LinkOrder", "CreatedLink", "LinkList", "RevokedLink",
];

const nameIn = (reference) => reference.slice("#/components/schemas/".length);

function reachable() {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, next] of JSON.stringify(schemas[name]).matchAll(/"\$ref":"([^"]+)"/g)) {
      visit(nameIn(next));
    }
  };
  roots.forEach(visit);
  return Object.keys(schemas).filter((name) => found.has(name));
}

function comment(text, indent) {
  if (!text) return "";
  const words = text.split(" ");
  const lines = [""];
  for (const word of words) {
    if (lines.at(-1).length + word.length > 90 - indent.length) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) && " ") + word;
  }
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

function membersOf({ properties, required = [], additionalProperties }, indent) {
  const members = Object.entries(properties).map(([name, schema]) =>
    comment(schema.description, indent) +
    `${indent}${name}${required.includes(name) ? "" : "?"}: ${typeOf(schema, indent)};\n`);
  if (additionalProperties === true) members.push(`${indent}[member: string]: unknown;\n`);
  return members.join("");
}

const scalars = {
  string: "string", number: "number", integer: "number", boolean: "boolean", null: "null" };

function typeOf(schema, indent) {
  if (schema.$ref) return nameIn(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.oneOf) return schema.oneOf.map((each) => typeOf(each, indent)).join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((each) => scalars[each]).join(" | ");
  if (schema.type === "array") {
    const item = typeOf(schema.items, indent);
    return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
  }
  if (schema.type === "object" && schema.properties) {
    return `{\n${membersOf(schema, indent + "  ")}${indent}}`;
  }
  if (schema.type === "object") {
    const { additionalProperties: values } = schema;
    return `Record<string, ${values?.type ? typeOf(values, indent) : "unknown"}>`;
  }
  if (!scalars[schema.type]) throw new Error(`no type for ${JSON.stringify(schema)}`);
  return scalars[schema.type];
}

function declaration(name) {
  const schema = schemas[name];
  const head = comment(schema.description, "");
  if (schema.type !== "object" || !schema.properties) {
    const type = typeOf(schema, "");
    const lines = type.length > 80 ? `\n  | ${type.replaceAll(" | ", "\n  | ")}` : ` ${type}`;
    return `${head}export type ${name} =${lines};\n`;
  }
  return `${head}export interface ${name} {\n${membersOf(schema, "  ")}}\n`;
}

const text = "// Made from docs/openapi.json by `npm run types`: change that, not this.\n\n" +
  reachable().map(declaration).join("\n");

if (!process.argv.includes("--check")) {
  await writeFile(output, text);
} else if (await readFile(output, "utf8") !== text) {
  console.error("src/types.ts is not what docs/openapi.json says: run `npm run types`");
  process.exitCode = 1;
}
