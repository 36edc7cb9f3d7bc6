// A long grid holds the tiles of the pages in and near the window only. A page that is far away
// gives up its tiles. One empty row stands for all such pages in a row, until one comes near again;
// so the document does not grow, however long the grid is. What is said here of tiles holds for the
// headings of months too, which are as large.

import { byId } from "../dom.js";

const FAR = 1.5; // windows away: a page gives up its tiles
const NEAR = 1; // windows away: it gets them again, and more are fetched
const AGAIN = 2000; // milliseconds until a page is asked for again
const LONG = 2000; // milliseconds that pictures may take to come before pages are fetched
const MOST = 60; // tiles that the server sends at once

let fetched = null; // mark of the page that is being fetched
const folded = new WeakMap(); // from the mark of an empty row to the other marks it stands for
let isDue = false; // a look at the pages is due
let tall = null; // the grid's height before a page came in above
let lead = 0; // places left free before the first tile, so that those below keep their columns
let across = 0; // columns
// Until the page has loaded, the browser itself keeps the tile that the address names in place.
let isLoaded = document.readyState === "complete";

const isTile = (element) => element?.matches(".tile, .month");
const isCollapsed = (mark) => "count" in mark.dataset;
const inside = (row) => [row, ...(folded.get(row) ?? [])].map((mark) => ({ mark, row }));

function tilesAfter(mark) {
  const tiles = [];
  for (let next = mark?.nextElementSibling; isTile(next); next = next.nextElementSibling) {
    tiles.push(next);
  }
  return tiles;
}

// Each page's mark and tiles, and their places, counted from the grid's first tile on.
function readPages(grid) {
  let place = [...grid.children].findIndex((child) => child.matches("[data-page]"));
  place -= byId("earlier") ? 1 : 0; // what is left are photos that were uploaded meanwhile
  place += lead;
  const marks = [...grid.querySelectorAll(":scope > [data-page]")];
  return marks.flatMap(inside).map(({ mark, row }) => {
    const tiles = tilesAfter(mark);
    const start = place;
    place += isCollapsed(mark) ? Number(mark.dataset.count) : tiles.length;
    return { mark, row, tiles, start, end: place };
  });
}

function measure(grid) {
  const style = getComputedStyle(grid);
  const widths = style.gridTemplateColumns.split(" ");
  const columns = widths.length;
  const gap = Number.parseFloat(style.rowGap) || 0;
  const row = Number.parseFloat(widths[0]) + gap; // tiles are square
  const earlier = byId("earlier");
  const top = grid.getBoundingClientRect().top + (earlier ? earlier.offsetHeight + gap : 0);
  return { columns, gap, row, top };
}

// How far a page is outside the window, in windows.
function distance({ start, end }, { columns, row, top }) {
  const from = top + Math.floor(start / columns) * row;
  const to = top + Math.ceil(end / columns) * row;
  return Math.max(from - innerHeight, -to, 0) / innerHeight;
}

function collapse({ mark, tiles }) {
  mark.dataset.count = tiles.length;
  for (const tile of tiles) tile.remove();
}

// One row stands for each run of pages without tiles. The tile after it keeps its column.
function lay(pages, { columns, gap, row }) {
  let first = null; // of the run
  for (const page of pages) {
    page.mark.hidden = true;
    if (isCollapsed(page.mark)) {
      first ??= page;
      const rows = Math.floor(page.end / columns) - Math.ceil(first.start / columns);
      first.mark.hidden = rows < 1;
      first.mark.style.height = `${rows * row - gap}px`;
    } else {
      const [tile] = tilesAfter(page.mark);
      const isPlaced = first || (lead && page === pages[0]);
      if (tile) tile.style.gridColumnStart = isPlaced ? (page.start % columns) + 1 : "";
      first = null;
    }
  }
}

// The first mark of a run takes the place of the others. Tiles will replace the mark of the page that
// is being fetched, so it stands alone.
function fold(pages) {
  let others = null;
  for (const { mark } of pages) {
    if (!isCollapsed(mark) || mark === fetched) others = null;
    else if (!others) folded.set(mark, (others = []));
    else {
      mark.remove();
      folded.delete(mark);
      others.push(mark);
    }
  }
}

function unfold(row) {
  row.after(...(folded.get(row) ?? []));
  folded.delete(row);
}

async function expand({ mark, row }) {
  unfold(row);
  fetched = mark;
  await window.htmx.ajax("GET", mark.dataset.page, { target: mark, swap: "outerHTML" }).catch(() => {});
  fetched = null;
  setTimeout(lookSoon, mark.isConnected ? AGAIN : 0); // it is there still if the request failed
}

// Those before go in whole rows, so that the tiles on the page keep their columns.
function fetchEnds(columns) {
  for (const name of ["earlier", "more"]) {
    const end = byId(name);
    if (!end) continue;
    const { top, bottom } = end.getBoundingClientRect();
    if (top > (1 + NEAR) * innerHeight || bottom < -NEAR * innerHeight) continue;
    const link = end.querySelector("a");
    if (name === "earlier") setSize(link, columns * Math.max(1, Math.floor(MOST / columns)));
    window.htmx.trigger(link, "near");
  }
}

function setSize(link, size) {
  const url = new URL(link.href);
  url.searchParams.set("size", size);
  link.setAttribute("hx-get", url.pathname + url.search);
}

function look() {
  isDue = false;
  if (!isLoaded) return;
  const grid = byId("grid");
  if (!grid?.querySelector("[data-page]")) return;
  const sizes = measure(grid);
  setLead(grid, sizes);
  const pages = readPages(grid);
  for (const page of pages) page.away = distance(page, sizes);
  // What is selected stays, and all that a range may reach.
  const isFree = !grid.querySelector(".tile-check:checked");
  const gone = pages.filter(({ mark, away }) => isFree && !isCollapsed(mark) && away > FAR);
  gone.forEach(collapse);
  lay(pages, sizes);
  fold(pages);
  stayInPlace(grid);
  fetchEnds(sizes.columns);
  const wanted = pages.filter(({ mark, away }) => isCollapsed(mark) && away < NEAR);
  const [next] = wanted.toSorted((a, b) => nearness(a, sizes) - nearness(b, sizes));
  if (next && !fetched) expand(next);
}

// A page that came in above goes in whole rows, but for its headings; the list's first one does not.
function setLead(grid, { columns }) {
  const [first] = readPages(grid);
  const isMoved = columns !== across || !byId("earlier");
  if (isMoved) lead = 0;
  else if (tall !== null) lead = (((lead - first.tiles.length) % columns) + columns) % columns;
  across = columns;
}

// What is in the window stays there when a page comes in above.
function stayInPlace(grid) {
  if (tall !== null) scrollBy({ top: grid.offsetHeight - tall, behavior: "instant" });
  tall = null;
}

function nearness({ start, end }, { columns, row, top }) {
  return Math.abs(top + ((start + end) / 2 / columns) * row - innerHeight / 2);
}

function lookIn(schedule) {
  if (!isDue) schedule(look);
  isDue = true;
}

const lookSoon = () => lookIn(requestAnimationFrame);

function begin() {
  isLoaded = true;
  lookSoon();
}

if (byId("grid")) {
  addEventListener("scroll", lookSoon, { passive: true });
  addEventListener("resize", lookSoon);
  addEventListener("load", begin);
  setTimeout(begin, LONG);
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.id === "earlier") tall = byId("grid").offsetHeight;
  });
  document.addEventListener("htmx:afterSettle", () => lookIn(queueMicrotask)); // before it is drawn
  lookSoon();
}
