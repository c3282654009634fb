// The page's texts: each language has all of them, and the page uses no other.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const folder = new URL("../../ui/", import.meta.url);
const read = (name) => readFile(new URL(name, folder), "utf8");

const all = JSON.parse(await read("texts.json"));

function flat(texts, before = "") {
  return Object.entries(texts).flatMap(([name, value]) =>
    (typeof value === "string" ? [[before + name, value]] : flat(value, `${before}${name}.`)));
}

const english = new Map(flat(all.en));
// They stand for sentences of the server's, which are English already, where that says too little.
const ofErrors = (name) => /(^|\.)errors\./.test(name);
const braces = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

for (const language of Object.keys(all).filter((each) => each !== "en")) {
  test(`${language} has every text, with the same values in it`, () => {
    const texts = new Map(flat(all[language]));
    const needed = (names) => [...names].filter((name) => !ofErrors(name)).sort();
    assert.deepEqual(needed(texts.keys()), needed(english.keys()));
    for (const name of english.keys()) assert.ok(texts.has(name), name);
    for (const [name, value] of texts) {
      if (!english.has(name)) continue;
      assert.deepEqual(braces(value), braces(english.get(name)), name);
      assert.notEqual(value, name.startsWith("usage.source.tenant") ? undefined : "", name);
    }
  });
}

test("the page names texts that there are", async () => {
  const page = await read("settings.html");
  const names = [...page.matchAll(/data-text="([^"]+)"/g)].map(([, name]) => name);
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".js"))) {
    const code = await read(file);
    names.push(...[...code.matchAll(/text\(\s*"([^"]+)"/g)].map(([, name]) => name));
  }
  assert.ok(names.length > 50);
  assert.deepEqual(names.filter((name) => !english.has(name)), []);
});

test("every file of the page is embedded", async () => {
  const list = await readFile(new URL("../../daemon/http/embed_pages.cmake", import.meta.url), "utf8");
  for (const file of await readdir(folder)) assert.ok(list.includes(`ui/${file}`), file);
});
