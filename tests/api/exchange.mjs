// Sends a described call to a daemon, and holds the answer against the description.
import assert from "node:assert/strict";
import { complaint, inOrder, resolve, response } from "./description.mjs";

const bodyOf = (operation) => Object.entries(operation.requestBody?.content ?? {})[0];

// The names of the call's examples; one without a name where it has no body.
export function examplesOf(operation) {
  const body = bodyOf(operation);
  return body ? Object.keys(body[1].examples) : [undefined];
}

// The status of the answer that the description shows for that example.
export function expectedStatus(operation, example) {
  const good = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  const shown = good.find(([, answer]) => Object.values(resolve(answer).content).some(
    ({ examples }) => example in (examples ?? {})));
  return Number((shown ?? good[0])[0]);
}

// `values` replace the examples of parameters.
export function requestOf(operation, example, values = {}) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const parameter of operation.parameters) {
    const value = values[parameter.name] ?? parameter.example;
    if (value === undefined) continue;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, value);
    if (parameter.in === "query") query.set(parameter.name, value);
    if (parameter.in === "header") headers[parameter.name] = value;
  }
  const [type, content] = bodyOf(operation) ?? [];
  if (type) headers["Content-Type"] = type;
  const body = type && JSON.stringify(content.examples[example].value);
  return { method: operation.method, target: `${path}?${query}`.replace(/\?$/, ""), headers, body };
}

// The values in a body: one, one a line, or one an event, in JSON; or a text.
function valuesIn(type, text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(":"));
  if (type === "application/x-ndjson") return lines.map((line) => JSON.parse(line));
  if (type === "text/event-stream") {
    return lines.map((line) => JSON.parse(line.replace(/^data: /, "")));
  }
  if (/^(text|image)\//.test(type)) return [text];
  return [JSON.parse(text)];
}

// That the answer is as described for its status; its JSON values.
export async function checkAnswer(operation, answer) {
  const described = response(operation, answer.status);
  for (const [name, header] of Object.entries(described.headers ?? {})) {
    if (resolve(header).required) assert.ok(answer.headers.has(name), `${name} is missing`);
  }
  const type = answer.headers.get("content-type").split(";")[0];
  const content = described.content[type];
  assert.ok(content, `${type} is not described`);
  if (type === "application/octet-stream") {
    assert.ok((await answer.arrayBuffer()).byteLength > 0);
    return [];
  }
  const values = valuesIn(type, (await answer.text()).replaceAll("\r", ""));
  assert.ok(values.length > 0);
  for (const value of values) {
    assert.equal(complaint(content.schema, value), undefined, JSON.stringify(value));
    assert.ok(inOrder(content.schema, value), `the order of ${JSON.stringify(value)}`);
  }
  return values;
}
