// Selecting photos or faces in a grid: one by a click, a range with Shift. The mouse can draw a frame
// over them (frame.js), and a finger stays on one (press.js).

import { byId, on } from "../dom.js";
import { gettext, inDigits } from "../words.js";

let last = null; // the check box that was used last
let attribute = ""; // the chosen one, which new results keep

export const checks = () => [...document.querySelectorAll("#grid .tile-check")];
const selected = () => checks().filter((check) => check.checked);
const limit = () => Number(byId("bulk").dataset.most);
const areAll = () => byId("bulk-all").value !== ""; // all that match, shown or not
const count = () => (areAll() ? Number(byId("bulk").dataset.matching) : selected().length);
const areTooMany = () => count() > limit();

export const canSelect = () => byId("bulk") !== null;
export const isSelecting = () => canSelect() && selected().length > 0;

// The photo or face of a tile is selected, or no longer; with `isRange`, all up to it, too.
export function toggle(tile, isRange = false) {
  const check = tile.querySelector(".tile-check");
  check.checked = !check.checked;
  take(check, isRange);
}

// What the key x does: select what has the focus.
export function selectFocused(event) {
  const tile = document.activeElement?.closest(".tile");
  if (!canSelect() || !tile?.querySelector(".tile-check")) return null;
  return () => toggle(tile, event.shiftKey);
}

export function clearSelection() {
  return isSelecting() ? () => setAll(false) : null;
}

export function deleteSelected() {
  const button = byId("bulk-delete");
  return button && isSelecting() ? () => button.click() : null;
}

function take(check, isRange) {
  byId("bulk-all").value = "";
  if (isRange && last?.isConnected) {
    const all = checks();
    const [from, to] = [all.indexOf(last), all.indexOf(check)].toSorted((a, b) => a - b);
    for (const between of all.slice(Math.max(from, 0), to + 1)) between.checked = check.checked;
  }
  last = check;
  showSelected();
}

// Select exactly these, of all that are shown.
export function select(chosen) {
  byId("bulk-all").value = "";
  for (const check of checks()) check.checked = chosen.has(check);
  showSelected();
}

function setAll(isSelected, areMatching = false) {
  byId("bulk-all").value = areMatching ? "yes" : "";
  for (const check of checks()) check.checked = isSelected;
  showSelected();
}

function showSelected() {
  const place = byId("selected");
  if (!place) return;
  place.textContent = inWords(count());
  for (const button of document.querySelectorAll("#bulk [data-acts]")) {
    button.setAttribute("aria-disabled", areTooMany());
  }
}

function inWords(selection) {
  const number = inDigits(selection);
  if (!areTooMany()) return gettext("%(number)s selected", { number });
  return gettext("%(number)s selected: the limit is %(limit)s", { number, limit: inDigits(limit()) });
}

function showAttribute() {
  const list = byId("bulk-attribute");
  if (!list) return;
  if (attribute) list.value = attribute;
  const { label } = list.selectedOptions[0];
  for (const place of document.querySelectorAll("[data-marked]")) place.textContent = label;
}

on("click", ".tile-check", (event, check) => take(check, event.shiftKey));
on("click", "[data-select]", (event, { dataset: { select: which } }) => {
  setAll(which !== "none", which === "matching");
});
on("change", "#bulk-attribute", (event, list) => {
  attribute = list.value;
  showAttribute();
});

document.addEventListener("htmx:afterSettle", () => {
  showAttribute();
  showSelected();
});

// One field for all: Django refuses a form of more than a thousand fields.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.id !== "bulk") return;
  for (const name of ["photo", "face"]) {
    const values = formData.getAll(name);
    if (values.length > 0) formData.set(name, values.join(","));
  }
});

// The text beside the buttons says why nothing is sent.
document.addEventListener("submit", (event) => {
  if (event.target.id === "bulk" && areTooMany()) event.preventDefault();
});
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt.closest("form")?.id !== "bulk") return;
  if (areTooMany()) event.preventDefault();
  const chosen = selected();
  if (chosen.length > 0) parameters[chosen[0].name] = chosen.map((check) => check.value).join(",");
});

// A dialog of the bar is done once what it asked for is.
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (xhr.status >= 200 && xhr.status < 300) elt.closest("#bulk [popover]")?.hidePopover();
});
