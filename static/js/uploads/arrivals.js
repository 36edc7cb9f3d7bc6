// Where new photos come in: never so that what a person looks at moves. A grid that holds nothing else
// takes them at its end; for another one they are counted, and shown when the person asks.

import { paint } from "../components/colors.js";
import { byId } from "../dom.js";

const MOST = 60; // tiles, as on a page of the grid

const added = new Set(); // the ids of the tiles
let count = 0;

export const unseen = () => count;

export function addTile(html) {
  const grid = byId("grid"); // looked up each time: a new filter brings a new grid
  if (!grid || grid.children.length >= MOST || ![...grid.children].every(({ id }) => added.has(id))) {
    count += 1;
    return;
  }
  grid.insertAdjacentHTML("beforeend", html);
  added.add(grid.lastElementChild.id);
  window.htmx.process(grid.lastElementChild);
  paint(grid.lastElementChild);
}

// Where there are results, they are asked for anew; elsewhere the link leads to the gallery.
export function showUnseen(event) {
  if (!byId("results")) return;
  event.preventDefault();
  const address = location.pathname + location.search;
  window.htmx.ajax("GET", address, { target: "#results", swap: "innerHTML show:window:top" });
}

export function clearUnseen() {
  count = 0;
}
