// What was called in the last 30 days: bars to look at, and the same numbers as a table.
import { ApiError, read } from "./api.js";
import { by, drawn, element, tell } from "./dom.js";
import { nameOf } from "./key_field.js";
import { day, number, text } from "./texts.js";

const mostBars = 8;

export async function refreshUsage(call) {
  try {
    show(await read(call("GET", "ai/usage")));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(by("usage-sum"), error.message, error.language);
  }
}

function labelOf({ provider, model, keySource }) {
  const name = model ?? text("usage.noModel", { provider: nameOf(provider) });
  const source = text(`usage.source.${keySource}`);
  return source ? `${name} (${source})` : name;
}

function show({ from, to, usage }) {
  const lines = [...usage].sort((a, b) => b.requests - a.requests);
  const requests = lines.reduce((sum, line) => sum + line.requests, 0);
  tell(by("usage-sum"), requests === 0 ? text("usage.none") :
    text("usage.sum", { requests: number(requests), from: day(from), to: day(to) }));
  by("usage-scroll").hidden = requests === 0;
  by("usage-rows").replaceChildren(...lines.map((line) => element("tr", {},
    element("th", { scope: "row" }, labelOf(line)),
    ...[line.requests, line.errors, line.inputTokens ?? 0, line.outputTokens ?? 0].map((count) =>
      element("td", { className: "number" }, number(count))))));
  by("usage-chart").replaceChildren(...(requests === 0 ? [] : [chart(lines)]));
}

// The lines that have bars of their own, and one for the rest.
function gathered(lines) {
  const bars = lines.map((line) => ({ label: labelOf(line), requests: line.requests, errors: line.errors }));
  if (bars.length <= mostBars) return bars;
  const rest = bars.splice(mostBars - 1);
  const sum = (name) => rest.reduce((total, bar) => total + bar[name], 0);
  return [...bars, { label: text("usage.others"), requests: sum("requests"), errors: sum("errors") }];
}

// A bar for each model; what failed of it in another colour, at its end.
function chart(lines) {
  const bars = gathered(lines);
  const most = Math.max(...bars.map(({ requests }) => requests), 1);
  const image = element("div", { className: "bars" }, ...bars.map(({ label, requests, errors }) =>
    element("div", { className: "bar" },
      element("span", { className: "label" }, label),
      barOf(requests / most, errors / Math.max(requests, 1)),
      element("span", { className: "count" }, number(requests)))));
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", text("usage.chart"));
  return image;
}

function barOf(share, failed) {
  const width = Math.max(share * 100, 0.5);
  const parts = [drawn("rect", { class: "good", x: 0, y: 0, width, height: 10 })];
  if (failed > 0) {
    const part = Math.max(width * failed, 0.5);
    parts.push(drawn("rect", { class: "bad", x: width - part, y: 0, width: part, height: 10 }));
  }
  return drawn("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none" }, ...parts);
}
