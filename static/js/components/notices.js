// The notice after an answer, and the one that says that a request failed.

import { csrfToken } from "../csrf.js";
import { chance, isSending } from "../delivery.js";
import { byId, on } from "../dom.js";
import { errorFor, isElsewhere } from "../reasons.js";
import { keep } from "./again.js";

export function showTrouble(words) {
  byId("trouble-words").textContent = words;
  byId("trouble").hidden = false;
}

export function hideTrouble() {
  byId("trouble").hidden = true;
}

const toast = byId("toast");
const STAY = 5000; // milliseconds
const STAY_LONG = 10000; // with something to undo, or after an error
let timer = 0;

// A finger leaves a hover behind where it tapped.
function isHeld() {
  return toast.matches(":focus-within") || (matchMedia("(hover: hover)").matches && toast.matches(":hover"));
}

// Hidden, not removed: the key for undo still finds its button.
function hideToast() {
  if (isHeld()) return startTimer();
  for (const notice of toast.children) notice.hidden = true;
}

function startTimer() {
  clearTimeout(timer);
  timer = setTimeout(hideToast, toast.querySelector(".undo, .notice-bad") ? STAY_LONG : STAY);
}

new MutationObserver(startTimer).observe(toast, { childList: true });

on("click", ".toast-close", () => toast.replaceChildren());

// Beside a picture that fills the page there is no room for messages in the page itself.
const messages = document.querySelector(".main-photo > .messages");
if (messages) {
  for (const { className, childNodes } of messages.children) {
    const notice = document.createElement("div");
    notice.className = className;
    notice.append(...childNodes);
    toast.append(notice);
  }
  messages.remove();
}

// An undo button belongs to a form elsewhere on the page. Without the form there is nothing to undo.
document.addEventListener("htmx:afterSettle", () => {
  const button = toast.querySelector("button[form]");
  if (button && !button.form) toast.replaceChildren();
});

// htmx learns which button is pressed only when the notice has settled. A key can be quicker.
document.addEventListener("htmx:configRequest", ({ detail: { parameters, triggeringEvent } }) => {
  const button = triggeringEvent?.submitter;
  if (button?.name && parameters[button.name] === undefined) parameters[button.name] = button.value;
});

// Polls fail quietly and try again, unless what they ask about is gone. What a person asked for does
// not fail quietly.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    const { elt, xhr } = detail;
    if (elt.id === "poll" && xhr.status !== 404) return;
    const error = errorFor(xhr.status, xhr.getResponseHeader("Retry-After"));
    if (!keep(detail, error)) showTrouble(error.message);
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) hideTrouble();
});

// A request for a fragment that ended at another page, mostly the log-in page: show that page, unless
// somebody loses something by it. A poll shows no page that nobody asked for.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr, requestConfig } = event.detail;
  if (!isElsewhere(xhr.responseURL, requestConfig.path)) return;
  event.preventDefault();
  const error = errorFor(302);
  if (elt.id === "poll" || keep(event.detail, error)) return;
  if (isSending()) chance(error, csrfToken());
  else location.reload();
});
