// Charts as SVG, readable on light and dark pages.

const colours = { byokd: "#2f6fdd", nginx: "#3f9b4f", HAProxy: "#c77d1e", Portkey: "#8a5fb8", "bare relay": "#8b929c" };

const escape = (text) => String(text).replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

function svg(width, height, title, content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="12">
<style>text { fill: #3b424d } line { stroke: #8b929c } @media (prefers-color-scheme: dark) { text { fill: #d5dae1 } }</style>
<text x="10" y="20" font-size="14" font-weight="600">${escape(title)}</text>
${content}
</svg>
`;
}

// Round numbers from 0 to the first that is not less than `most`.
function ticks(most) {
  const unit = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].map((share) => share * unit).find((each) => most / each <= 5);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}
const shown = (n) => Number(n.toPrecision(6)).toLocaleString("en-US");

// Calls a second by gateway, a group for each number of connections.
export function barChart(closed) {
  const groups = Object.entries(closed);
  const names = ["bare relay", "nginx", "HAProxy", "byokd", "Portkey"].filter((name) => groups[0][1][name]);
  const scale = ticks(Math.max(...groups.flatMap(([, results]) => names.map((name) => results[name].rate))));
  const most = scale.at(-1);
  const [left, top, height, bar, gap] = [60, 66, 220, 26, 30];
  const width = left + groups.length * (names.length * bar + gap) + 10;
  const parts = [];
  names.forEach((name, i) => {
    const x = left + i * 95;
    parts.push(`<rect x="${x}" y="32" width="12" height="12" fill="${colours[name]}"/><text x="${x + 17}" y="42">${name}</text>`);
  });
  for (const value of scale) {
    const y = (top + height * (1 - value / most)).toFixed(1);
    parts.push(`<line x1="${left}" x2="${width - 10}" y1="${y}" y2="${y}" stroke-width="0.5"/>`);
    parts.push(`<text x="${left - 6}" y="${+y + 4}" text-anchor="end">${shown(value)}</text>`);
  }
  groups.forEach(([connections, results], group) => {
    const start = left + group * (names.length * bar + gap) + gap / 2;
    names.forEach((name, i) => {
      const tall = (results[name].rate / most) * height;
      parts.push(`<rect x="${start + i * bar}" y="${(top + height - tall).toFixed(1)}" width="${bar - 4}" height="${tall.toFixed(1)}" fill="${colours[name]}"/>`);
    });
    parts.push(`<text x="${start + (names.length * bar) / 2}" y="${top + height + 18}" text-anchor="middle">${connections} connection${connections === "1" ? "" : "s"}</text>`);
  });
  return svg(width, top + height + 32, "Chats a second, one worker on one core", parts.join("\n"));
}

// Curves over powers of ten: `series` holds a list of [x, y] by name.
export function lineChart(title, xName, yName, series) {
  const [left, top, wide, high] = [70, 66, 430, 220];
  const points = Object.values(series).flat();
  const exponents = points.map(([x]) => Math.log10(x));
  const [first, last] = [Math.min(...exponents), Math.max(...exponents)];
  const scale = ticks(Math.max(...points.map(([, y]) => y)));
  const most = scale.at(-1);
  const px = (x) => left + ((Math.log10(x) - first) / Math.max(last - first, 1e-9)) * wide;
  const py = (y) => top + high * (1 - y / most);
  const palette = Object.values(colours);
  const parts = [];
  Object.entries(series).forEach(([name, values], i) => {
    const path = values.map(([x, y], at) => `${at ? "L" : "M"}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join("");
    parts.push(`<path d="${path}" fill="none" stroke="${palette[i]}" stroke-width="2"/>`);
    for (const [x, y] of values) parts.push(`<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="3" fill="${palette[i]}"/>`);
    parts.push(`<rect x="${left + i * 150}" y="32" width="12" height="12" fill="${palette[i]}"/><text x="${left + 17 + i * 150}" y="42">${escape(name)}</text>`);
  });
  for (const value of scale) {
    const y = py(value).toFixed(1);
    parts.push(`<line x1="${left}" x2="${left + wide}" y1="${y}" y2="${y}" stroke-width="0.5"/>`);
    parts.push(`<text x="${left - 6}" y="${+y + 4}" text-anchor="end">${shown(value)}</text>`);
  }
  for (let e = Math.ceil(first - 1e-9); e <= last + 1e-9; ++e) {
    parts.push(`<text x="${px(10 ** e).toFixed(1)}" y="${top + high + 18}" text-anchor="middle">${shown(10 ** e)}</text>`);
  }
  parts.push(`<text x="${left + wide}" y="${top + high + 34}" text-anchor="end">${escape(xName)}</text>`);
  return svg(left + wide + 50, top + high + 44, `${title}, ${yName}`, parts.join("\n"));
}
