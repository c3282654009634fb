// The settings page of a byokd, with a tenant that has no keys.
import { World } from "../sdk/world.mjs";
import { openPage, shown } from "./browser.mjs";

export const goodKey = (prefix = "sk-proj-") => prefix + crypto.randomUUID().replaceAll("-", "");

export const refusal = { status: 401, headers: { "Content-Type": "application/json" },
  body: { error: { message: "Incorrect API key provided", type: "invalid_request_error",
    param: null, code: "invalid_api_key" } } };

export const startWorld = (settings = []) => World.start(["ui=true", ...settings]);

let tenants = 0;

// A new tenant's id and token.
export async function makeTenant(world, scope = "full") {
  const id = `customer-${++tenants}`;
  await world.admin("POST", "/admin/tenants", { id });
  const { token } = await world.admin("POST", `/admin/tenants/${id}/tokens`, { scope });
  return { id, token };
}

// The page, opened with a new tenant's token.
export async function openBoard(browser, world, options) {
  const tenant = await makeTenant(world);
  const page = await openPage(browser, options);
  await page.goto(`${world.url}/settings`);
  await page.locator("#enter-token").fill(tenant.token);
  await page.locator("#enter-open").click();
  await shown(page, "board");
  return { page, tenant };
}

// Holds the page's requests to `path` that `which` picks, until they are let go; `came` tells whether
// there is one.
export async function hold(page, path, which = () => true) {
  let letGo;
  const gone = new Promise((resolve) => {
    letGo = resolve;
  });
  const held = { came: false, letGo };
  await page.route(`**/${path}`, async (route) => {
    if (which(route.request())) {
      held.came = true;
      await gone;
    }
    await route.fallback();
  });
  return held;
}

// Resolves when what the page was told before has had its effect.
export const settled = (page) => page.evaluate(async () => {
  await (await fetch("/health", { cache: "no-store" })).text();
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
});

export const rowOf = (page, provider) => page.locator(`[data-provider="${provider}"]`);

export async function addKey(page, provider, key) {
  await rowOf(page, provider).getByRole("button", { name: "Add key" }).click();
  await page.locator("#key-field").fill(key);
  await page.locator("#key-save").click();
}
