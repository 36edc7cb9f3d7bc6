// A finger that stays on a tile selects it. From then on, a tap selects further ones instead of
// opening them.

import { canSelect, isSelecting, toggle } from "./selection.js";

const HOLD = 450; // milliseconds
const SLACK = 10; // pixels that a resting finger may move

let isFinger = false; // what touched the page last
let press = null; // {tile, x, y, timer} while a finger may be about to select
let hasSelected = false; // by the press whose click comes next

function drop() {
  clearTimeout(press?.timer);
  press = null;
}

function hold() {
  hasSelected = true;
  toggle(press.tile);
  navigator.vibrate?.(10);
  press = null;
}

document.addEventListener("pointerdown", ({ target, pointerType, clientX: x, clientY: y }) => {
  drop();
  isFinger = pointerType === "touch";
  hasSelected = false;
  const tile = target.closest("#grid .tile");
  if (!isFinger || !canSelect() || !tile?.querySelector(".tile-check") || target.closest("button, label")) return;
  press = { tile, x, y, timer: setTimeout(hold, HOLD) };
});
document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (press && Math.hypot(clientX - press.x, clientY - press.y) > SLACK) drop();
});
for (const name of ["pointerup", "pointercancel", "scroll"]) document.addEventListener(name, drop);

// The menu that a phone opens for a link.
document.addEventListener("contextmenu", (event) => {
  if (press || hasSelected) event.preventDefault();
});

document.addEventListener(
  "click",
  (event) => {
    const tile = event.target.closest?.("#grid .tile > a")?.parentElement;
    if (!isFinger || !tile || !(hasSelected || isSelecting())) return;
    event.preventDefault();
    event.stopPropagation();
    if (!hasSelected) toggle(tile);
    hasSelected = false;
  },
  true,
);
