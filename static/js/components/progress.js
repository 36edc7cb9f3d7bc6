// Asks what became of the photos that wait, while there are any on the page.

import { csrfToken } from "../csrf.js";
import { chance } from "../delivery.js";
import { byId } from "../dom.js";
import { errorFor, isElsewhere } from "../reasons.js";

const QUICK = 1000; // milliseconds between two requests while there is news
const SLOW = 10000; // and at most when there is none
const PANEL_EVERY = 5000; // counting the whole filter panel costs more than looking at some photos
const MOST = 50; // photos asked about at once

const page = byId("progress"); // the page of uploads has no panel, and wants tiles only
// What sends the polls. It stands outside the page's part, whose rules are for what people ask for: these
// dim the results meanwhile, and give up what was asked for before.
const poller = Object.assign(document.createElement("div"), { id: "poll", hidden: true });

let wait = QUICK;
let timer = 0;
let last = "";
let panelAt = Date.now();
let panelIsOld = false;
let isLoggedOut = false;
let isAsking = false;
let uploads = () => [];

// Asks about these too: the ids of photos that were uploaded here, and may stand nowhere on the page.
export function follow(list) {
  uploads = list;
}

function isPending() {
  return page.querySelector("[data-pending]") !== null || uploads().length > 0;
}

function address() {
  const url = new URL(page.dataset.url, location.href);
  for (const [key, value] of new URLSearchParams(location.search)) url.searchParams.set(key, value);
  // The oldest are analyzed first, and they come last on the page.
  for (const element of [...page.querySelectorAll("[data-status][data-pending]")].slice(-MOST)) {
    url.searchParams.append(element.dataset.status, element.dataset.pending);
  }
  for (const id of uploads().slice(0, MOST)) url.searchParams.append("upload", id);
  if (!byId("counts")) url.searchParams.set("tiles", "1");
  if (panelIsOld && Date.now() - panelAt > PANEL_EVERY) {
    url.searchParams.set("panel", "1");
    panelIsOld = false;
    panelAt = Date.now();
  }
  return url.pathname + url.search;
}

// A swap would take away the box that is being drawn, or the open dialog.
function isInUse() {
  return page.querySelector("#photo #draw[open], #photo :popover-open") !== null;
}

async function ask() {
  timer = 0;
  if (document.hidden || !isPending()) return;
  if (isInUse()) return start();
  isAsking = true;
  const token = csrfToken();
  await window.htmx.ajax("GET", address(), { source: poller, target: page, swap: "none" }).catch(() => {});
  if (isLoggedOut) await chance(errorFor(302), token);
  isAsking = false;
  if (isPending()) start();
}

function start() {
  if (!timer && !isAsking) timer = setTimeout(ask, wait);
}

// Asks soon, whatever the wait has grown to. The page of uploads needs it for each new photo.
export function askSoon() {
  if (timer && wait === QUICK) return; // else photos that keep coming would put it off forever
  wait = QUICK;
  clearTimeout(timer);
  timer = 0;
  if (isPending()) start();
}

// What the answer says: each has other tokens in its forms.
function wordsOf({ responseText }) {
  return responseText.replaceAll(/(name="csrfmiddlewaretoken" value=)"[^"]*"/g, "$1");
}

// The same words are not swapped in again: screen readers would read them out again.
function skipIfSame(event) {
  const { elt, xhr } = event.detail;
  if (elt === poller && wordsOf(xhr) === last) event.detail.shouldSwap = false;
}

function learn({ successful, xhr, requestConfig }) {
  isLoggedOut = isElsewhere(xhr.responseURL, requestConfig.path);
  if (requestConfig.path.includes("panel=1")) return; // it says more than the one before anyway
  const words = wordsOf(xhr);
  const isNews = successful && !isLoggedOut && xhr.status !== 204 && words !== last;
  last = words;
  panelIsOld ||= isNews;
  wait = isNews ? QUICK : Math.min(wait * 1.5, SLOW);
}

if (page) {
  page.after(poller);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === poller) learn(event.detail);
  });
  document.addEventListener("htmx:beforeSwap", skipIfSame);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.requestConfig.elt === poller) return;
    last = ""; // the page is another one now
    if (isPending()) start();
  });
  document.addEventListener("visibilitychange", askSoon);
  askSoon();
}
