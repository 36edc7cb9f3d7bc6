// The filter panel: a search box narrows it, and swaps keep what was folded.

import { byId, on, remembered } from "../dom.js";
import { toMain } from "./focus.js";

const panel = byId("panel");
const search = byId("narrow");
const folded = new Set(); // ids of groups
const opened = new Set(); // ids of attributes whose slider is shown

// The words of the search, folded as the server folds those of the attributes (gallery/labels.py).
const wanted = () => search.value.split(/[\s_-]+/).map(fold).filter(Boolean);

function fold(word) {
  return word.normalize("NFKD").toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

function showFound() {
  let found = 0;
  for (const group of panel.querySelectorAll(".group")) found += showFoundIn(group);
  for (const part of panel.querySelectorAll(".match, .saved")) part.hidden = wanted().length > 0;
  byId("none-found").hidden = found > 0;
}

function showFoundIn(group) {
  const rows = [...group.querySelectorAll("[data-words]")];
  for (const row of rows) row.hidden = !wanted().every((word) => row.dataset.words.includes(word));
  for (const own of group.querySelectorAll(".own")) {
    own.open = "chosen" in own.dataset || opened.has(own.id);
  }
  const found = rows.filter((row) => !row.hidden).length;
  group.hidden = found === 0;
  group.open = wanted().length > 0 || !folded.has(group.id);
  return found;
}

// Enter sends the words: the server reads them as a sentence.
export function say(event) {
  if (event.target !== search) return null;
  return () => {
    event.preventDefault();
    search.form.requestSubmit();
  };
}

export function clearSearch(event) {
  if (event.target !== search) return null;
  return () => {
    if (!search.value) return toMain();
    search.value = "";
    showFound();
  };
}

// The click comes before the browser opens or closes the element.
function remember(set, element, isIn) {
  if (isIn) set.add(element.id);
  else set.delete(element.id);
}

// On a wide screen the panel can be hidden, and stays so in this browser.
const HIDDEN = "celebattr.panel-is-hidden";

function hidePanel(isHidden) {
  document.documentElement.toggleAttribute("data-without-panel", isHidden);
  remembered.setItem(HIDDEN, isHidden ? "yes" : "");
}

if (panel) {
  hidePanel(remembered.getItem(HIDDEN) === "yes");
  on("click", "#hide-panel", () => {
    hidePanel(true);
    byId("show-panel").focus();
  });
  on("click", "#show-panel", () => {
    hidePanel(false);
    search.focus();
  });
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
  // What was understood stands above the photos now.
  document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
    if (elt !== search.form || !successful) return;
    search.value = "";
    showFound();
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target === panel) showFound();
  });
  showFound();
}
