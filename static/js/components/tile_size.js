// How large the tiles of a grid are: what a person prefers is kept in this browser.

import { afterPaint, byId, on, remembered } from "../dom.js";

const KEY = "celebattr.tile-size"; // pixels at least; without it the style sheet decides
const usual = () => byId("grid")?.querySelector(".tile")?.offsetWidth ?? 190;
const read = () => Number(remembered.getItem(KEY)) || 0;

function use(size) {
  if (!size) return;
  document.documentElement.style.setProperty("--tile", `${size}px`);
  fit();
}

// Pictures that are loaded at once cannot use `sizes=auto`, so they are told their width.
function fit() {
  for (const image of document.querySelectorAll("#grid img:not([loading])")) image.sizes = `${usual()}px`;
}

// A new filter brings a new slider.
function show() {
  const slider = byId("tile-size");
  if (slider) slider.value = read() || usual();
}

on("input", "#tile-size", (event, slider) => {
  remembered.setItem(KEY, slider.value);
  use(slider.value);
  dispatchEvent(new Event("resize")); // the grid's pages are laid out anew
});
document.addEventListener("htmx:afterSettle", () => {
  use(read());
  show();
});
use(read());
afterPaint(show);
