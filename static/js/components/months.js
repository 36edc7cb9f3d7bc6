// The strip of months beside a grid by date: which month is seen, and a finger or pointer that goes
// along it. Each month is a link, so that it works without this.

import { byId, on } from "../dom.js";

const SLIP = 4; // pixels that a click may move

let start = null; // where the pointer went down
let under = null; // the month under it, since it has moved

const months = () => [...document.querySelectorAll("#months a")];

function monthAt(y) {
  return months().find((link) => link.getBoundingClientRect().bottom > y) ?? months().at(-1);
}

function follow(event) {
  if (start === null || (!under && Math.abs(event.clientY - start) < SLIP)) return;
  byId("months").setPointerCapture(event.pointerId); // and no click comes after it
  under?.classList.remove("is-under");
  under = monthAt(event.clientY);
  under.classList.add("is-under");
}

function release() {
  const month = under;
  under?.classList.remove("is-under");
  start = under = null;
  return month;
}

on("pointerdown", "#months", (event) => {
  if (event.button === 0) start = event.clientY;
});
on("pointermove", "#months", follow);
document.addEventListener("pointerup", () => release()?.click());
document.addEventListener("pointercancel", release);

const middleOf = ({ top, bottom }) => (top + bottom) / 2;

// The month of the first tile of which most is below the header.
function markSeen() {
  if (!byId("months")) return;
  const top = document.querySelector(".header")?.offsetHeight ?? 0;
  const tiles = [...document.querySelectorAll("#grid > [data-month]")];
  const seen = tiles.find((tile) => middleOf(tile.getBoundingClientRect()) > top);
  const name = `month-${seen?.dataset.month}`;
  for (const link of months()) {
    if (link.id === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

let isDue = false;

function markSoon() {
  if (!isDue) requestAnimationFrame(() => ((isDue = false), markSeen()));
  isDue = true;
}

if (byId("grid")) {
  addEventListener("scroll", markSoon, { passive: true });
  document.addEventListener("htmx:afterSettle", markSoon);
}
