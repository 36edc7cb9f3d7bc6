// The filter panel: a search box narrows it, and swaps keep what was folded.

import { byId, on } from "../dom.js";

const panel = byId("panel");
const search = byId("narrow");
const folded = new Set(); // ids of groups
const opened = new Set(); // ids of attributes whose slider is shown

const wanted = () => search.value.trim().toLowerCase();

function showFound() {
  let found = 0;
  for (const group of panel.querySelectorAll(".group")) found += showFoundIn(group);
  for (const part of panel.querySelectorAll(".match, .saved")) part.hidden = Boolean(wanted());
  byId("none-found").hidden = found > 0;
}

function showFoundIn(group) {
  const rows = [...group.querySelectorAll("[data-label]")];
  for (const row of rows) row.hidden = !row.dataset.label.includes(wanted());
  for (const own of group.querySelectorAll(".own")) {
    own.open = "chosen" in own.dataset || opened.has(own.id);
  }
  const found = rows.filter((row) => !row.hidden).length;
  group.hidden = found === 0;
  group.open = Boolean(wanted()) || !folded.has(group.id);
  return found;
}

// Enter takes the first attribute found: yes, or any if it is yes already.
export function takeFound(event) {
  if (event.target !== search || !wanted()) return null;
  const row = panel.querySelector("[data-label]:not([hidden])");
  if (!row) return null;
  return () => row.querySelector(row.matches(".is-chosen") ? ".choice-any" : ".choice-yes").click();
}

export function clearSearch(event) {
  if (event.target !== search) return null;
  return () => {
    search.value = "";
    showFound();
    search.blur();
  };
}

// The click comes before the browser opens or closes the element.
function remember(set, element, isIn) {
  if (isIn) set.add(element.id);
  else set.delete(element.id);
}

if (panel) {
  on("click", "#panel .group > summary", (event, { parentElement: group }) => {
    if (!wanted()) remember(folded, group, group.open);
  });
  on("click", "#panel .own > summary", (event, { parentElement: own }) => {
    remember(opened, own, !own.open);
  });
  on("input", "#panel [type=range]", (event, range) => {
    range.form.querySelector("output").textContent = `${Math.round(100 * range.value)} %`;
  });
  search.addEventListener("input", showFound);
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target === panel) showFound();
  });
  showFound();
}
