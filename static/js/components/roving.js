// Long lists are one stop of the Tab key; the arrow keys move within them.

import { afterPaint, byId, on } from "../dom.js";

const LISTS = {
  panel: ".own > summary, .part",
  grid: ".tile > a",
  months: "a",
};

const stops = new Map(); // the list's id -> the id or address of the item that Tab stops at

const keyOf = (item) => item.id || item.getAttribute("href") || item.parentElement.id;

const listOf = (element) => Object.keys(LISTS).find((id) => byId(id)?.contains(element));

const itemsOf = (id) => [...byId(id).querySelectorAll(LISTS[id])].filter((i) => i.checkVisibility());

// Tab goes from a photo to its own check box, and skips those of the others.
const checksOf = (item) => item.parentElement.querySelectorAll(".tile-check");

function leaveOneStop() {
  for (const id of Object.keys(LISTS).filter(byId)) {
    const items = itemsOf(id);
    const stop = items.find((item) => keyOf(item) === stops.get(id)) ?? items[0];
    for (const item of items) {
      for (const one of [item, ...checksOf(item)]) one.tabIndex = item === stop ? 0 : -1;
    }
  }
}

// Once for all the groups of a new panel: each tells by itself that it is open.
let isComing = false;

function leaveOneStopSoon() {
  if (isComing) return;
  isComing = true;
  requestAnimationFrame(() => {
    isComing = false;
    leaveOneStop();
  });
}

const middleOf = ({ left, right }) => (left + right) / 2;
const heightOf = ({ top, bottom }) => (top + bottom) / 2;

// The nearest item in the next line, or in the previous one for a `step` of -1.
function inNextLine(items, current, step) {
  const here = current.getBoundingClientRect();
  const line = items
    .map((item) => ({ item, box: item.getBoundingClientRect() }))
    .filter(({ box }) => step * (heightOf(box) - heightOf(here)) > here.height / 2);
  const nearest = Math.min(...line.map(({ box }) => step * heightOf(box)));
  const distance = ({ box }) => Math.abs(middleOf(box) - middleOf(here));
  return line
    .filter(({ box }) => step * heightOf(box) - nearest < box.height / 2)
    .reduce((best, one) => (best && distance(best) <= distance(one) ? best : one), null)?.item;
}

const MOVES = {
  ArrowLeft: (items, current) => items[items.indexOf(current) - 1],
  ArrowRight: (items, current) => items[items.indexOf(current) + 1],
  ArrowUp: (items, current) => inNextLine(items, current, -1),
  ArrowDown: (items, current) => inNextLine(items, current, 1),
  Home: (items) => items[0],
  End: (items) => items.at(-1),
};

// Moves the focus if it is on an item of a list; `event` is that of a key of MOVES.
export function rove(event) {
  const id = listOf(event.target);
  if (!id || !event.target.matches(LISTS[id])) return null;
  const next = MOVES[event.key](itemsOf(id), event.target);
  return () => next?.focus();
}

document.addEventListener("focusin", ({ target }) => {
  const id = listOf(target);
  if (!id || !target.matches(LISTS[id])) return;
  stops.set(id, keyOf(target));
  leaveOneStop();
});
on("input", "#narrow", leaveOneStop);
document.addEventListener("toggle", leaveOneStopSoon, true); // it does not bubble
document.addEventListener("htmx:afterSettle", leaveOneStop);
afterPaint(leaveOneStop);
