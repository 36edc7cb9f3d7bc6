// The filter panel: a search box narrows it, and swaps keep what was folded.

import { byId, on } from "../dom.js";

const panel = byId("panel");
const search = byId("narrow");
const folded = new Set(); // ids of groups
const opened = new Set(); // ids of attributes whose slider is shown

// The words of the search, folded as the server folds those of the attributes (ml/attributes.py).
const wanted = () => search.value.split(/[\s_-]+/).map(fold).filter(Boolean);

function fold(word) {
  return word.normalize("NFKD").toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

const holdsAll = (text) => wanted().every((word) => text.includes(word));

function showFound() {
  let found = 0;
  for (const group of panel.querySelectorAll(".group")) found += showFoundIn(group);
  for (const part of panel.querySelectorAll(".match, .saved")) part.hidden = wanted().length > 0;
  byId("none-found").hidden = found > 0;
}

function showFoundIn(group) {
  const rows = [...group.querySelectorAll("[data-words]")];
  for (const row of rows) row.hidden = !holdsAll(row.dataset.words);
  for (const own of group.querySelectorAll(".own")) {
    own.open = "chosen" in own.dataset || opened.has(own.id);
  }
  const found = rows.filter((row) => !row.hidden).length;
  group.hidden = found === 0;
  group.open = wanted().length > 0 || !folded.has(group.id);
  return found;
}

// Enter takes the first attribute found, one that is called so before one that means so: yes, or any
// if it is yes already.
export function takeFound(event) {
  if (event.target !== search || !wanted().length) return null;
  const found = [...panel.querySelectorAll("[data-words]:not([hidden])")];
  const row = found.find(({ dataset }) => holdsAll(dataset.words.split(" ")[0])) ?? found[0];
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
    if (!wanted().length) remember(folded, group, group.open);
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
