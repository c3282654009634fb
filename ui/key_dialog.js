// What is asked before a key is set, rotated or deleted.
import { ApiError, read, segment } from "./api.js";
import { by, complain, forgive, isBusy, ready, tell, whileBusy } from "./dom.js";
import { describeKey, nameOf, takeSecret } from "./key_field.js";
import { text } from "./texts.js";

// What the open dialog is about: {call, provider, rotates, done}.
let matter;

const pathOf = (provider) => `ai/providers/${segment(provider)}`;

export function askToSet(call, provider, done) {
  matter = { call, provider, rotates: false, done };
  openKeyDialog("set");
}

export function askToRotate(call, provider, done) {
  matter = { call, provider, rotates: true, done };
  openKeyDialog("rotate");
}

function openKeyDialog(kind) {
  const provider = nameOf(matter.provider);
  by("key-dialog-title").textContent = text(`${kind}.title`, { provider });
  ready(by("key-save"), text(`${kind}.save`));
  by("key-label").textContent = text("set.key", { provider });
  by("key-verify-label").textContent = text("set.verify", { provider });
  by("key-failed").textContent = "";
  by("key-ways").hidden = !matter.rotates;
  by("way-same").checked = true;
  by("key-verify").checked = true;
  describeKey("key", matter.provider);
  forgive(by("key-field"), by("key-error"));
  showWay();
  by("key-dialog").showModal();
  (matter.rotates ? by("way-same") : by("key-field")).focus();
}

const takesKey = () => !matter.rotates || by("way-new").checked;

function showWay() {
  by("key-new").hidden = !takesKey();
  by("key-field").value = "";
}

// The call that the dialog stands for, and the words for its outcome.
async function save(apiKey) {
  const { call, provider, rotates } = matter;
  const verify = by("key-verify").checked;
  const named = { provider: nameOf(provider) };
  const path = pathOf(provider);
  if (apiKey === undefined) {
    await read(call("POST", `${path}/rotate`));
    return text("keys.renewed", named);
  }
  // A key that is to be replaced must not come back where it was deleted meanwhile.
  const [method, target] = rotates ? ["POST", `${path}/rotate`] : ["PUT", path];
  const { verified } = await read(call(method, target + (verify ? "?verify=true" : ""), { apiKey }));
  if (verified === "restricted") return text("keys.storedRestricted", named);
  if (verified) return text("keys.storedVerified", named);
  return text(rotates ? "keys.replaced" : "keys.stored", named);
}

async function submit(event) {
  event.preventDefault();
  if (isBusy(by("key-save"))) return;
  const field = by("key-field");
  const place = by("key-error");
  forgive(field, place);
  by("key-failed").textContent = "";
  const apiKey = takesKey() ? takeSecret(field) : undefined;
  if (apiKey === "") return complain(field, place, text("missingKey"));
  const words = text(matter.rotates ? "rotate.saving" : "set.saving");
  await whileBusy(by("key-save"), words, () => finish("key-dialog", () => save(apiKey),
    (error) => {
      if (takesKey()) complain(field, place, error.message, error.language);
      else tell(by("key-failed"), error.message, error.language);
    }));
}

// Does the work of an open dialog, and closes it. It cannot be taken back once it is sent: whoever
// closes the dialog before is told above the list what came of it.
async function finish(id, work, fail) {
  const { provider, done } = matter;
  const dialog = by(id);
  let left = false;
  const leave = () => {
    left = true;
  };
  dialog.addEventListener("close", leave);
  try {
    const outcome = await work();
    if (!left) dialog.close();
    await done(provider, outcome, { focus: !left });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The key was deleted elsewhere: nothing in the dialog could be put right.
    const gone = error.code === "KEY_NOT_FOUND";
    if (!left && !gone) return fail(error);
    if (!left) dialog.close();
    await done(provider, error.message, { language: error.language, focus: !left });
  } finally {
    dialog.removeEventListener("close", leave);
  }
}

export function askToDelete(call, provider, done) {
  matter = { call, provider, done };
  by("delete-title").textContent = text("delete.title", { provider: nameOf(provider) });
  by("delete-text").textContent = text("delete.text", { provider: nameOf(provider) });
  by("delete-failed").textContent = "";
  ready(by("delete-sure"), text("delete.sure"));
  by("delete-dialog").showModal();
  // Not the button that destroys.
  by("delete-cancel").focus();
}

async function remove(event) {
  event.preventDefault();
  const { call, provider } = matter;
  await whileBusy(by("delete-sure"), text("delete.deleting"), () => finish("delete-dialog",
    async () => {
      await read(call("DELETE", pathOf(provider)));
      return text("keys.deleted", { provider: nameOf(provider) });
    }, (error) => tell(by("delete-failed"), error.message, error.language)));
}

export function prepareDialogs() {
  by("key-form").addEventListener("submit", submit);
  by("key-ways").addEventListener("change", showWay);
  by("key-cancel").addEventListener("click", () => by("key-dialog").close());
  // However it was closed: no key stays behind in it.
  by("key-dialog").addEventListener("close", () => {
    by("key-field").value = "";
  });
  by("delete-form").addEventListener("submit", remove);
  by("delete-cancel").addEventListener("click", () => by("delete-dialog").close());
}
