// The notice after an answer, and the one that says that a request failed.

import { byId, on } from "../dom.js";
import { reasonFor } from "../reasons.js";

export function showTrouble(words) {
  byId("trouble-words").textContent = words;
  byId("trouble").hidden = false;
}

export function hideTrouble() {
  byId("trouble").hidden = true;
}

on("click", ".toast-close", () => byId("toast").replaceChildren());

// An undo button belongs to a form elsewhere on the page. Without the form there is nothing to undo.
document.addEventListener("htmx:afterSettle", () => {
  const button = document.querySelector("#toast button[form]");
  if (button && !button.form) byId("toast").replaceChildren();
});

// htmx learns which button is pressed only when the notice has settled. A key can be quicker.
document.addEventListener("htmx:configRequest", ({ detail: { parameters, triggeringEvent } }) => {
  const button = triggeringEvent?.submitter;
  if (button?.name && parameters[button.name] === undefined) parameters[button.name] = button.value;
});

// Polls fail quietly and try again; what a person asked for does not.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const { elt, xhr } = event.detail;
    if (elt.id === "progress") return;
    showTrouble(reasonFor(xhr.status, xhr.getResponseHeader("Retry-After")).words);
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) hideTrouble();
});

// A request for a fragment that ended at another page, mostly the log-in page: show that page.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.responseURL) return;
  const asked = new URL(requestConfig.path, location.href).pathname;
  if (new URL(xhr.responseURL).pathname === asked) return;
  event.preventDefault();
  location.reload();
});
