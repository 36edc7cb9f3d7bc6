// When a swap removes the focused element, the focus goes back to where it was before, not to the
// top of the page.

import { byId } from "../dom.js";

const REMEMBERED = 20;
let trail = []; // what had the focus, the latest first

const isThere = (element) => element?.isConnected && element.checkVisibility();

// A swap may have replaced the element: the ids tell what stands in its place.
function find({ element, id, itemId }) {
  const item = itemId && byId(itemId);
  const first = item?.querySelector("a, button, input:not([type=hidden])");
  return [element, id && byId(id), first].find(isThere);
}

function keepFocus() {
  const active = document.activeElement;
  if (!trail.length || isThere(trail[0].element)) return;
  if (active !== document.body && isThere(active)) return;
  const known = trail.map(find).find(Boolean);
  const next = known ?? document.querySelector("#grid a") ?? byId("main");
  next.focus({ preventScroll: true });
}

// Where the keys count again, and the next Tab is at the photos.
export function toMain() {
  (byId("results") ?? byId("main")).focus({ preventScroll: true });
}

// After a log-in or a sign-up one goes on in the page, not in the address bar.
if (/\/account\/(login|signup)\//.test(document.referrer) && document.activeElement === document.body) {
  byId("main").focus({ preventScroll: true });
}

document.addEventListener("focusin", ({ target }) => {
  const place = { element: target, id: target.id, itemId: target.closest("li[id]")?.id };
  trail = [place, ...trail].slice(0, REMEMBERED);
});

// A click on nothing gives the focus up on purpose.
document.addEventListener("pointerdown", () => (trail = []));

for (const name of ["click", "keyup", "htmx:afterSettle"]) {
  document.addEventListener(name, () => setTimeout(keepFocus));
}

// An element that moved on the page while it had the keyboard's focus stays in sight.
// Not when the grid gets more tiles: then people have scrolled away from it.
document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  const active = document.activeElement;
  if (target?.matches(".more, [data-page]")) return;
  if (active?.matches(":focus-visible")) active.scrollIntoView({ block: "nearest" });
});
