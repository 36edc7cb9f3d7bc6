// Selecting faces in the grid: a click, a range with Shift, x for the one in focus, Escape for none.

let last = null;

const checks = () => [...document.querySelectorAll("#grid .tile-check")];

function selectTo(check) {
  const all = checks();
  const [from, to] = [all.indexOf(last), all.indexOf(check)].sort((a, b) => a - b);
  for (const between of all.slice(Math.max(from, 0), to + 1)) between.checked = check.checked;
}

function selectAll(isSelected) {
  for (const check of checks()) check.checked = isSelected;
  tell();
}

const selected = () => checks().filter((check) => check.checked);
const most = () => Number(document.getElementById("bulk").dataset.most);
const areTooMany = () => selected().length > most();

function tell() {
  const place = document.getElementById("selected");
  if (!place) return;
  const words = areTooMany() ? `: at most ${most().toLocaleString("en-US")} are answered for at once` : "";
  place.textContent = `${selected().length} selected${words}`;
  for (const button of document.querySelectorAll("#bulk [name=answer]")) button.setAttribute("aria-disabled", areTooMany());
}

document.addEventListener("click", (event) => {
  const check = event.target.closest(".tile-check");
  if (check) {
    if (event.shiftKey && last?.isConnected) selectTo(check);
    last = check;
    tell();
  }
  const button = event.target.closest("[data-select]");
  if (button) selectAll(button.dataset.select === "all");
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(":popover-open")) return;
  const check = document.activeElement?.closest(".tile")?.querySelector(".tile-check");
  if (event.key.toLowerCase() === "x" && check) {
    check.checked = !check.checked;
    if (event.shiftKey && last?.isConnected) selectTo(check);
    last = check;
    tell();
  }
  if (event.key === "Escape" && checks().some((one) => one.checked)) selectAll(false);
});

let attribute = ""; // the chosen one, which new results keep

function choose() {
  const select = document.getElementById("bulk-attribute");
  if (!select) return;
  if (attribute) select.value = attribute;
  const { label } = select.selectedOptions[0];
  for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = label;
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "bulk-attribute") return;
  attribute = event.target.value;
  choose();
});
document.addEventListener("htmx:afterSettle", choose);

// One field for all faces: a form of more than a thousand fields would be refused.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt.id !== "bulk") return;
  if (areTooMany()) event.preventDefault(); // the words beside it say so
  parameters.face = selected().map((check) => check.value).join(",");
});
document.addEventListener("htmx:afterSettle", tell);
