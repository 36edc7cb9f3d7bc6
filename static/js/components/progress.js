// Asks what became of the photos that wait, while there are any on the page.

import { byId } from "../dom.js";

const QUICK = 1000; // milliseconds between two requests while there is news
const SLOW = 10000; // and at most when there is none
const PANEL_EVERY = 5000; // counting the whole filter panel costs more than looking at some photos
const MOST = 50; // photos asked about at once

const page = byId("progress"); // the page of uploads has no panel, and wants tiles only
let wait = QUICK;
let timer = 0;
let last = "";
let panelAt = Date.now();
let panelIsOld = false;

function isPending() {
  return page.querySelector("[data-pending]") !== null;
}

function address() {
  const url = new URL(page.dataset.url, location.href);
  for (const [key, value] of new URLSearchParams(location.search)) url.searchParams.set(key, value);
  // The oldest are analyzed first, and they come last on the page.
  for (const element of [...page.querySelectorAll("[data-status][data-pending]")].slice(-MOST)) {
    url.searchParams.append(element.dataset.status, element.dataset.pending);
  }
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
  await window.htmx.ajax("GET", address(), { source: page, target: page, swap: "none" }).catch(() => {});
  if (isPending()) start();
}

function start() {
  if (!timer) timer = setTimeout(ask, wait);
}

// Asks soon, whatever the wait has grown to. The page of uploads needs it for each new photo.
export function askSoon() {
  if (timer && wait === QUICK) return; // else photos that keep coming would put it off forever
  wait = QUICK;
  clearTimeout(timer);
  timer = 0;
  if (isPending()) start();
}

function learn({ successful, xhr }) {
  const isNews = successful && xhr.status !== 204 && xhr.responseText !== last;
  last = xhr.responseText;
  panelIsOld ||= isNews;
  wait = isNews ? QUICK : Math.min(wait * 1.5, SLOW);
}

if (page) {
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === page) learn(event.detail);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt !== page && isPending()) start();
  });
  document.addEventListener("visibilitychange", askSoon);
  askSoon();
}
