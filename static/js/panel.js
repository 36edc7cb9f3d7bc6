// The filter panel: a search box narrows it, and swaps keep what was folded.

const panel = document.getElementById("panel");
const narrow = document.getElementById("narrow");
const noneFound = document.getElementById("none-found");
const folded = new Set();
const opened = new Set(); // attributes whose slider is shown
let isFinding = false;

function apply() {
  const wanted = narrow.value.trim().toLowerCase();
  isFinding = wanted !== "";
  let found = 0;
  for (const group of panel.querySelectorAll(".group")) {
    let left = 0;
    for (const row of group.querySelectorAll("[data-label]")) {
      row.hidden = !row.dataset.label.includes(wanted);
      if (!row.hidden) left += 1;
    }
    for (const own of group.querySelectorAll(".own")) own.open = "chosen" in own.dataset || opened.has(own.id);
    group.hidden = left === 0;
    group.open = isFinding || !folded.has(group.id);
    found += left;
  }
  for (const part of panel.querySelectorAll(".match, .saved")) part.hidden = isFinding;
  noneFound.hidden = found > 0;
}

panel.addEventListener("click", (event) => {
  const summary = event.target.closest(".group > summary");
  if (!summary || isFinding) return;
  const group = summary.parentElement;
  if (group.open) folded.add(group.id);
  else folded.delete(group.id);
});

// The browser opens and closes it afterwards.
panel.addEventListener("click", (event) => {
  const own = event.target.closest(".own > summary")?.parentElement;
  if (own) opened[own.open ? "delete" : "add"](own.id);
});

panel.addEventListener("input", (event) => {
  if (event.target.type !== "range") return;
  const percent = Math.round(100 * event.target.value);
  event.target.closest("form").querySelector("output").textContent = `${percent} %`;
});

// Enter takes the one attribute that is left: yes, or any when it is yes already.
narrow.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    narrow.value = "";
    apply();
  }
  if (event.key !== "Enter") return;
  const row = panel.querySelector("[data-label]:not([hidden])");
  if (isFinding && row) row.querySelector(row.matches(".is-chosen") ? ".choice-any" : ".choice-yes").click();
});
narrow.addEventListener("input", apply);
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target === panel) apply();
});
apply();
