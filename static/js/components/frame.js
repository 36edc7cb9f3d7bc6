// The mouse draws a frame over the grid: what it touches is selected, beside what was before.

import { on } from "../dom.js";
import { canSelect, checks, select } from "./selection.js";

const START = 6; // pixels that the mouse moves before it is more than a click
const EDGE = 48; // pixels from the window's edge, where the page begins to scroll
const STEP = 12; // pixels at once

let from = null; // where the mouse was pressed, on the page
let mouse = { x: 0, y: 0 }; // where it is, in the window
let frame = null; // the element, while a frame is drawn
let before = new Set(); // what was selected then
let isDone = false; // one was drawn just now

const here = () => ({ x: mouse.x + scrollX, y: mouse.y + scrollY });

function begin() {
  frame = document.body.appendChild(document.createElement("div"));
  frame.className = "frame";
  before = new Set(checks().filter((check) => check.checked));
  requestAnimationFrame(draw);
}

// Also while the mouse rests: the page may scroll under it.
function draw() {
  if (!frame) return;
  scrollAtEdge();
  const [to, style] = [here(), frame.style];
  style.left = `${Math.min(from.x, to.x)}px`;
  style.top = `${Math.min(from.y, to.y)}px`;
  style.width = `${Math.abs(from.x - to.x)}px`;
  style.height = `${Math.abs(from.y - to.y)}px`;
  const box = frame.getBoundingClientRect();
  const touched = checks().filter((check) => touches(check.closest(".tile").getBoundingClientRect(), box));
  select(new Set([...before, ...touched]));
  requestAnimationFrame(draw);
}

const touches = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;

function scrollAtEdge() {
  if (mouse.y < EDGE) scrollBy({ top: -STEP, behavior: "instant" });
  if (mouse.y > innerHeight - EDGE) scrollBy({ top: STEP, behavior: "instant" });
}

function end() {
  from = null;
  if (!frame) return;
  frame.remove();
  frame = null;
  isDone = true; // until after the click that follows
  setTimeout(() => (isDone = false));
}

// The key Escape, before the selection is cleared.
export function stopFrame() {
  if (!frame) return null;
  return () => {
    select(before);
    end();
  };
}

on("pointerdown", "#grid", ({ target, pointerType, button, shiftKey, clientX: x, clientY: y }) => {
  if (pointerType !== "mouse" || button !== 0 || shiftKey || !canSelect()) return;
  if (target.closest("button, label, input, form, .more")) return;
  mouse = { x, y };
  from = here();
});
document.addEventListener("pointermove", ({ clientX: x, clientY: y }) => {
  if (!from) return;
  mouse = { x, y };
  const { x: toX, y: toY } = here();
  if (!frame && Math.hypot(toX - from.x, toY - from.y) > START) begin();
});
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);
// The click that ends a frame opens no photo.
document.addEventListener("click", (event) => isDone && event.preventDefault(), true);
on("dragstart", "#grid .tile", (event) => canSelect() && event.preventDefault());
