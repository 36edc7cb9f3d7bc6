// Asks for what became of the pending photos, while there are any on the page.

const QUICK = 1000;
const SLOW = 10000;
const PANEL_EVERY = 5000; // counting the whole filter panel is dearer than looking at some photos
const MOST = 50;

const page = document.getElementById("progress");
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
  // The oldest are analysed first, and stand last.
  for (const element of [...page.querySelectorAll("[data-status][data-pending]")].slice(-MOST)) {
    url.searchParams.append(element.dataset.status, element.dataset.pending);
  }
  if (panelIsOld && Date.now() - panelAt > PANEL_EVERY) {
    url.searchParams.set("panel", "1");
    panelIsOld = false;
    panelAt = Date.now();
  }
  return url.pathname + url.search;
}

// What is being drawn or asked on a photo's page must not be replaced under the hand.
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

function startQuickly() {
  if (timer && wait === QUICK) return; // else photos that keep coming would put it off for ever
  wait = QUICK;
  clearTimeout(timer);
  timer = 0;
  if (isPending()) start();
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== page) return;
  const text = event.detail.xhr.responseText;
  const isNews = event.detail.successful && event.detail.xhr.status !== 204 && text !== last;
  last = text;
  panelIsOld ||= isNews;
  wait = isNews ? QUICK : Math.min(wait * 1.5, SLOW);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt !== page && isPending()) start();
});
document.addEventListener("photos:added", startQuickly);
document.addEventListener("visibilitychange", startQuickly);
startQuickly();
