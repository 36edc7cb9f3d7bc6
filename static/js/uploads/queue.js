// The files that are being uploaded: one request each, three at a time. What an earlier page left
// behind goes on first.

import { askSoon, follow } from "../components/progress.js";
import { csrfToken } from "../csrf.js";
import { deliver } from "../delivery.js";
import { byId } from "../dom.js";
import { answerTo } from "../reasons.js";
import { addTile, clearUnseen, showUnseen, unseen } from "./arrivals.js";
import { forget, keep, keptBefore } from "./kept.js";
import { batches, knownAmong } from "./known.js";
import { clearRows, showState, showSummary } from "./rows.js";
import { send } from "./transport.js";
import { gettext } from "../words.js";

const AT_ONCE = 3;
const TO_SEND = new Set(["waiting", "uploading"]);

const form = document.querySelector("form[data-upload]");
const uploads = []; // {file, action, owner, kept, isKept, isAsked, state, share, id, url, row}
let running = 0;
let isPaused = false;
const leftOut = new Map(); // how many things of a folder, by the words that say what they are

export function addFiles(files) {
  if (!files.length) return;
  const added = files.map(add).filter(({ state }) => state === "waiting");
  summarize();
  askAbout(added);
}

// Files are kept and sent only after this, and only if the gallery does not have them.
async function askAbout(added) {
  for (const some of batches(added)) {
    const known = await knownAmong(some.map(({ file }) => file), form.dataset);
    for (const upload of some.filter(({ state }) => state === "waiting")) {
      upload.isAsked = true;
      if (known.has(upload.file)) skip(upload, known.get(upload.file));
      else keep(upload);
    }
    next();
  }
}

function skip(upload, id) {
  Object.assign(upload, { id, url: `${form.dataset.photos}${id}/` });
  show(upload, "duplicate");
}

export function leaveOut(words, count) {
  if (!count) return;
  leftOut.set(words, (leftOut.get(words) ?? 0) + count);
  summarize();
}

const here = () => ({ action: form.getAttribute("action"), owner: form.dataset.uploader });

function add(file) {
  const upload = listed({ file, ...here() });
  const { maxBytes, maxSize } = form.dataset;
  if (file.size > Number(maxBytes)) show(upload, "refused", tooLarge(maxSize));
  return upload;
}

function listed(what) {
  const asNew = { kept: null, isKept: false, isAsked: false, state: "waiting", share: 0, id: "", url: "", row: null };
  const upload = { ...asNew, ...what };
  uploads.push(upload);
  return upload;
}

async function goOn() {
  const left = await keptBefore(form.dataset.uploader);
  for (const one of left) listed({ ...one, isAsked: true });
  if (left.length) next();
}

const tooLarge = (limit) =>
  gettext("The file is larger than %(limit)s. Make it smaller and try again.", { limit });

function show(upload, state, words) {
  upload.state = state;
  upload.share = 0;
  showState(upload, words);
}

function next() {
  while (running < AT_ONCE) {
    const upload = isPaused ? null : uploads.find(({ state, isAsked }) => state === "waiting" && isAsked);
    if (!upload) break;
    start(upload);
  }
  summarize();
  if (!isBusy()) finish();
}

async function start(upload) {
  running += 1;
  show(upload, "uploading");
  const answer = await send(upload, (share) => {
    upload.share = share;
    summarize();
  });
  running -= 1;
  receive(upload, answer);
  if (upload.state !== "lost") drop(upload);
  next();
}

// Its file need not be kept any more; there may be room for those that were too many.
async function drop(upload) {
  await forget(upload);
  for (const other of uploads) if (other.state === "waiting" && other.isAsked) keep(other);
}

function receive(upload, { id, url, gallery, status, reason, tile }) {
  Object.assign(upload, { id, url });
  const isHere = upload.action === form.getAttribute("action");
  if (gallery && isHere) byId("uploads-show").href = gallery;
  if (status === "gone") return stop(upload, reason);
  if (status !== "created") return show(upload, status, reason);
  show(upload, "analysing");
  if (isHere) addTile(tile);
  askSoon();
}

const waiting = () => uploads.filter(({ state }) => state === "waiting");

// The gallery was deleted: what still waits would be sent in vain.
function stop(upload, reason) {
  show(upload, "refused", reason);
  for (const other of waiting().filter(({ action }) => action === upload.action)) {
    show(other, "refused", reason);
    drop(other);
  }
}

const isBusy = () => uploads.some(({ state }) => TO_SEND.has(state));

function summarize() {
  const states = uploads.map(({ state }) => state);
  const shares = uploads.map(({ share }) => share);
  showSummary({ states, shares, leftOut, unseen: unseen(), isPaused });
}

function pause() {
  isPaused = !isPaused;
  next();
}

// Leaves out what was not begun.
function cancel() {
  for (const upload of waiting()) {
    uploads.splice(uploads.indexOf(upload), 1);
    upload.state = "cancelled";
    forget(upload);
  }
  isPaused = false;
  next();
}

// A single photo that was dropped on the first page is shown at once, unless something is to be said.
function finish() {
  const isSingle = uploads.length === 1 && !leftOut.size;
  if (form.dataset.goto && isSingle && uploads[0].url) location.assign(uploads[0].url);
}

function retry() {
  for (const upload of uploads) {
    if (upload.state === "lost") show(upload, "waiting");
    if (upload.state === "failed") analyzeAgain(upload);
  }
  next();
}

async function analyzeAgain(upload) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: csrfToken() });
  const options = { method: "POST", body, headers: { "HX-Request": "true" } };
  try {
    await deliver(() => answerTo(`${upload.url}retry/`, options));
    show(upload, "analysing");
  } catch (error) {
    show(upload, "failed", error.message);
  }
  summarize();
  askSoon();
}

function close() {
  uploads.splice(0).forEach(forget);
  leftOut.clear();
  clearUnseen();
  clearRows();
}

// The worker's news comes with the polls: what became of the photos that `follow` names.
function takeNews() {
  const ended = new Map([...byId("uploads-ended").children].map((item) => [item.dataset.photo, item]));
  if (!ended.size) return;
  for (const upload of uploads.filter(({ id, state }) => state === "analysing" && ended.has(id))) {
    const { dataset, textContent } = ended.get(upload.id);
    show(upload, dataset.status, textContent);
  }
  byId("uploads-ended").replaceChildren();
  summarize();
}

if (form) {
  follow(() => uploads.filter(({ state }) => state === "analysing").map(({ id }) => id));
  byId("uploads-retry").addEventListener("click", retry);
  byId("uploads-pause").addEventListener("click", pause);
  byId("uploads-cancel").addEventListener("click", cancel);
  byId("uploads-close").addEventListener("click", close);
  byId("uploads-show").addEventListener("click", (event) => {
    showUnseen(event);
    summarize();
  });
  window.addEventListener("beforeunload", (event) => {
    if (uploads.some(({ state, isKept }) => TO_SEND.has(state) && !isKept)) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", takeNews);
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id !== "results" || !unseen()) return;
    clearUnseen();
    summarize();
  });
  goOn();
}
