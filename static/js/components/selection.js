// Selecting faces in the grid: one by a click, a range with Shift.

import { byId, on } from "../dom.js";

let last = null; // the check box that was used last
let attribute = ""; // the chosen one, which new results keep

const checks = () => [...document.querySelectorAll("#grid .tile-check")];
const selected = () => checks().filter((check) => check.checked);
const limit = () => Number(byId("bulk").dataset.most);
const areTooMany = () => selected().length > limit();

// What the key x does: select the face that has the focus.
export function selectFocused(event) {
  const tile = document.activeElement?.closest(".tile");
  const check = tile?.querySelector(".tile-check");
  if (!check) return null;
  return () => {
    check.checked = !check.checked;
    take(check, event.shiftKey);
  };
}

export function clearSelection() {
  return selected().length ? () => setAll(false) : null;
}

function take(check, isRange) {
  if (isRange && last?.isConnected) {
    const all = checks();
    const [from, to] = [all.indexOf(last), all.indexOf(check)].toSorted((a, b) => a - b);
    for (const between of all.slice(Math.max(from, 0), to + 1)) between.checked = check.checked;
  }
  last = check;
  showSelected();
}

function setAll(isSelected) {
  for (const check of checks()) check.checked = isSelected;
  showSelected();
}

function showSelected() {
  const place = byId("selected");
  if (!place) return;
  const words = areTooMany() ? `: the limit is ${limit().toLocaleString("en-US")}` : "";
  place.textContent = `${selected().length} selected${words}`;
  for (const button of document.querySelectorAll("#bulk [name=answer]")) {
    button.setAttribute("aria-disabled", areTooMany());
  }
}

function showAttribute() {
  const select = byId("bulk-attribute");
  if (!select) return;
  if (attribute) select.value = attribute;
  const { label } = select.selectedOptions[0];
  for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = label;
}

on("click", ".tile-check", (event, check) => take(check, event.shiftKey));
on("click", "[data-select]", (event, button) => setAll(button.dataset.select === "all"));
on("change", "#bulk-attribute", (event, select) => {
  attribute = select.value;
  showAttribute();
});

document.addEventListener("htmx:afterSettle", () => {
  showAttribute();
  showSelected();
});

// One field for all faces: Django refuses a form of more than a thousand fields.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt.id !== "bulk") return;
  if (areTooMany()) event.preventDefault(); // the text beside the button says why
  parameters.face = selected()
    .map((check) => check.value)
    .join(",");
});
