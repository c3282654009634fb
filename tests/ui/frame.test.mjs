// The page in a frame of another origin's, behind a proxy's prefix, and where it is not switched on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../sdk/world.mjs";
import { launch, notesOf, openPage } from "./browser.mjs";
import { makeTenant, startWorld } from "./page.mjs";
import { passOn, serving } from "./proxy.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function withWorld(settings, use) {
  const world = await startWorld(settings);
  try {
    return await use(world);
  } finally {
    await world.stop();
  }
}

const framing = (target, attributes = "") => (_, answer) => {
  answer.writeHead(200, { "Content-Type": "text/html" });
  answer.end(`<!doctype html><title>App</title><iframe ${attributes} src="${target}"></iframe>`);
};

// Whether the frame of that page shows the settings page.
async function showsPage(address) {
  const page = await openPage(browser);
  await page.goto(address);
  const field = page.frameLocator("iframe").locator("#enter-token");
  const refused = () => notesOf(page).said.some((line) => line.includes("frame-ancestors"));
  const seen = await eventually(async () => {
    if (await field.isVisible()) return "shown";
    return refused() && "refused";
  });
  await page.context().close();
  return seen === "shown";
}

test("no page may show it in a frame, but those of frame_ancestors", async () => {
  let target;
  const handler = (request, answer) => framing(target)(request, answer);
  await serving(handler, async (app) => {
    await withWorld([], async (world) => {
      target = `${world.url}/settings`;
      assert.equal(await showsPage(app), false);
    });
    await withWorld([`frame_ancestors=["${app}"]`], async (world) => {
      target = `${world.url}/settings`;
      assert.equal(await showsPage(app), true);
      await serving(handler, async (other) => assert.equal(await showsPage(other), false));
    });
  });
});

test("in a frame with sandbox it works with what the manual names", async () => {
  let target;
  const handler = (request, answer) =>
    framing(target, 'sandbox="allow-scripts allow-same-origin allow-forms"')(request, answer);
  await serving(handler, (app) => withWorld([`frame_ancestors=["${app}"]`], async (world) => {
    target = `${world.url}/settings`;
    const { token } = await makeTenant(world);
    const page = await openPage(browser);
    await page.goto(app);
    const frame = page.frameLocator("iframe");
    await frame.locator("#enter-token").fill(token);
    await frame.locator("#enter-open").click();
    await frame.locator("#board").waitFor();
  }));
});

test("it works behind a proxy that takes a prefix away", async () => {
  await withWorld([], async (world) => {
    const seen = [];
    const proxy = (request, answer) => {
      seen.push(request.url);
      if (!request.url.startsWith("/tools/byok/")) return answer.writeHead(404).end();
      passOn(world, request, answer, request.url.slice("/tools/byok".length));
    };
    await serving(proxy, async (front) => {
      const { token } = await makeTenant(world);
      const page = await openPage(browser);
      await page.goto(`${front}/tools/byok/settings`);
      await page.locator("#enter-token").fill(token);
      await page.locator("#enter-open").click();
      await page.locator("#board").waitFor();
      assert.deepEqual(seen.filter((each) => !each.startsWith("/tools/byok/")), []);
    });
  });
});

test("without `ui` there is no page", async () => {
  await withWorld(["ui=false"], async (world) => {
    const page = await openPage(browser);
    const answer = await page.goto(`${world.url}/settings`);
    assert.equal(answer.status(), 404);
  });
});
