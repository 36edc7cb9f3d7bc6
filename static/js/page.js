// What every page has: keys, copying, and a word when htmx gets no answer.

const TYPED = "input:not([type=file], [type=checkbox]), select, textarea";

// An element with data-key="x y" is clicked, or given the focus if it is typed into, when x or y is
// pressed; but Enter stays with the link or button that has the focus. A key that is held down does
// its work once, or it would answer about faces that nobody has seen; arrows go on.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest(TYPED)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector(":popover-open")) return;
  const isForFocus = event.key === "Enter" && event.target.closest("a, button, summary");
  const keyed = `[data-key~="${CSS.escape(event.key)}"]`;
  const element = document.querySelector(`#toast ${keyed}`) ?? document.querySelector(keyed); // the latest word first
  const isHeld = event.repeat && !event.key.startsWith("Arrow");
  if (isHeld && (isForFocus || element)) return event.preventDefault();
  if (isForFocus || !element) return;
  event.preventDefault();
  if (element.matches(TYPED)) focusOn(element);
  else element.click();
});

function focusOn(input) {
  const sheet = input.closest("[popover]");
  if (sheet && !input.checkVisibility()) sheet.showPopover();
  input.focus();
  input.select();
}

// htmx does not keep the browser from following a link inside an SVG: such a link clicks another.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-clicks]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.getElementById(link.dataset.clicks).click();
});

// A word whose button belongs to a form that is no more has nothing to undo.
document.addEventListener("htmx:afterSettle", () => {
  const button = document.querySelector("#toast button[form]");
  if (button && !button.form) document.getElementById("toast").replaceChildren();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-empties]");
  if (button) document.getElementById(button.dataset.empties).replaceChildren();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const input = document.getElementById(button.dataset.copy);
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl+C";
  }
});

// Polls fail quietly and try again; what a person asked for does not.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.elt.id !== "progress") document.getElementById("trouble").hidden = false;
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.getElementById("trouble").hidden = true;
});

// A fragment that turned out to be another page (the log-in, mostly) is shown as that page.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.responseURL) return;
  const asked = new URL(requestConfig.path, location.href).pathname;
  if (new URL(xhr.responseURL).pathname === asked) return;
  event.preventDefault();
  location.reload();
});
