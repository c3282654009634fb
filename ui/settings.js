// The settings page: with a link, one key is handed over; with a token, all of a tenant's are kept.
import { ApiError, connect } from "./api.js";
import { by, complain, forgive, isBusy, opens, showView, whileBusy } from "./dom.js";
import { openBoard, prepareBoard } from "./keys.js";
import { takeSecret } from "./key_field.js";
import { openLink, prepareLink } from "./link.js";
import { loadTexts, text } from "./texts.js";

// The link's secret, which a server never sees in an address, leaves the address bar as soon as it is
// read. The browser's list of visited pages keeps it: it is used by then, or revoked.
function takeLink() {
  const secret = new URLSearchParams(location.hash.slice(1)).get("link");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return secret?.trim() || undefined;
}

function showEntrance() {
  by("leave").hidden = true;
  showView("enter");
  by("enter-token").focus();
}

async function enter(event) {
  event.preventDefault();
  if (isBusy(by("enter-open"))) return;
  const field = by("enter-token");
  const place = by("enter-error");
  forgive(field, place);
  const token = takeSecret(field);
  if (!token) return complain(field, place, text("enter.missing"));
  const isOpen = opens();
  await whileBusy(by("enter-open"), text("enter.opening"), async () => {
    try {
      await openBoard(connect(token), isOpen);
      if (isOpen()) by("leave").hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!isOpen()) return;
      const narrow = error.code === "FORBIDDEN";
      if (narrow) complain(field, place, text("enter.narrow"));
      else complain(field, place, error.message, error.language);
    }
  });
}

// A page that is loaded anew holds no secret any more.
const leave = () => location.reload();

// A link may be opened where the page is open already, and before it has its texts.
let link = takeLink();
let open = (secret) => {
  link = secret;
};
addEventListener("hashchange", () => {
  const another = takeLink();
  if (another) open(another);
});
await loadTexts();
by("unloaded").hidden = true;
by("enter-form").addEventListener("submit", enter);
by("leave").addEventListener("click", leave);
prepareLink();
prepareBoard();
open = openLink;
if (link) openLink(link);
else showEntrance();
