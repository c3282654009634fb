// The API's description, and what answers are held against.
import { readFile } from "node:fs/promises";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export const file = new URL("../../docs/openapi.json", import.meta.url);
export const text = await readFile(file, "utf8");
export const api = JSON.parse(text);

// What `value` refers to, if it does.
export function resolve(value) {
  if (!value?.$ref) return value;
  const place = value.$ref.slice("#/".length).split("/");
  return place.reduce((part, name) => part[name], api);
}

const methods = ["get", "put", "post", "patch", "delete"];

export const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  methods.filter((method) => item[method]).map((method) => ({
    ...item[method],
    method: method.toUpperCase(),
    path,
    parameters: [...item.parameters ?? [], ...item[method].parameters ?? []].map(resolve),
  })));

// The operation's answer of that status, or the one for all others.
export function response(operation, status) {
  return resolve(operation.responses[status] ?? operation.responses.default);
}

// Without what the description does not speak of, unless the schema says that there may be more.
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, each]) => [name, closed(each)]));
  if (copy.type === "object" && copy.properties) copy.additionalProperties ??= false;
  return copy;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "api", components: { schemas: closed(api.components.schemas) } });

// Why `value` is not as `schema` says; nothing where it is.
export function complaint(schema, value) {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
  return ajv.validate(absolute, value) ? undefined : ajv.errorsText();
}

// Whether the members stand in the order of the schema, as the description promises.
export function inOrder(schema, value) {
  schema = resolve(schema);
  if (value === null || typeof value !== "object" || !schema) return true;
  if (Array.isArray(value)) return value.every((each) => inOrder(schema.items, each));
  const names = Object.keys(schema.properties ?? {});
  const places = Object.keys(value).map((name) => names.indexOf(name)).filter((place) => place >= 0);
  return places.every((place, i) => i === 0 || places[i - 1] < place) &&
    names.every((name) => inOrder(schema.properties[name], value[name] ?? null));
}
