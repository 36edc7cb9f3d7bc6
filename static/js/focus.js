// What takes the focused element away leaves the focus where it was before, not at the page's top.

const MOST = 20;
let trail = []; // what had the focus, the latest first

const isThere = (element) => element?.isConnected && element.checkVisibility();

// A swap may have put another element in the place of one: the ids tell.
function find({ element, id, itemId }) {
  const item = itemId && document.getElementById(itemId);
  return [element, id && document.getElementById(id), item?.querySelector("a, button, input:not([type=hidden])")].find(isThere);
}

function keepFocus() {
  const active = document.activeElement;
  if (!trail.length || isThere(trail[0].element)) return;
  if (active !== document.body && isThere(active)) return;
  const next = trail.map(find).find(Boolean) ?? document.querySelector("#grid a") ?? document.getElementById("main");
  next.focus({ preventScroll: true });
}

document.addEventListener("focusin", ({ target }) => {
  trail = [{ element: target, id: target.id, itemId: target.closest("li[id]")?.id }, ...trail].slice(0, MOST);
});

// A click beside everything leaves the focus behind on purpose.
document.addEventListener("pointerdown", () => (trail = []));

for (const name of ["click", "keyup", "htmx:afterSettle"]) {
  document.addEventListener(name, () => setTimeout(keepFocus));
}

// What moved within the page, with a key's focus on it, stays in sight.
document.addEventListener("htmx:afterSettle", () => {
  const active = document.activeElement;
  if (active?.matches(":focus-visible")) active.scrollIntoView({ block: "nearest" });
});
