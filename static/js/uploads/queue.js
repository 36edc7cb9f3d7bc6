// The files that are being uploaded: one request each, three at a time.

import { askSoon } from "../components/progress.js";
import { byId } from "../dom.js";
import { addRow, clearRows, makeBar, showState, showSummary } from "./rows.js";
import { send } from "./transport.js";

const AT_ONCE = 3;
const ENDED = new Set(["analysing", "ready", "failed", "duplicate", "refused", "lost"]);

const form = document.querySelector("form[data-upload]");
const uploads = []; // {file, row, state, url}
const byPhoto = new Map(); // the upload of each photo's id
const answered = new Set(); // ids of the tiles that the response being swapped in is about
let running = 0;
const leftOut = new Map(); // how many things of a folder, by the words that say what they are

export function addFiles(files) {
  if (!files.length) return;
  files.forEach(add);
  next();
}

export function leaveOut(words, count) {
  if (!count) return;
  leftOut.set(words, (leftOut.get(words) ?? 0) + count);
  summarize();
}

function add(file) {
  const upload = { file, row: addRow(file.name), state: "waiting", url: "" };
  uploads.push(upload);
  const { maxBytes, maxSize } = form.dataset;
  if (file.size <= Number(maxBytes)) show(upload, "waiting");
  else show(upload, "refused", `The file is larger than ${maxSize}. Make it smaller and try again.`);
}

function show(upload, state, words) {
  upload.state = state;
  showState(upload, words);
}

function next() {
  while (running < AT_ONCE) {
    const upload = uploads.find(({ state }) => state === "waiting");
    if (!upload) break;
    start(upload);
  }
  summarize();
  if (!isBusy()) finish();
}

async function start(upload) {
  running += 1;
  const bar = makeBar(upload.file.name);
  show(upload, "uploading", bar);
  const answer = await send(form, upload.file, (share) => (bar.value = share));
  running -= 1;
  receive(upload, answer);
  next();
}

function receive(upload, answer) {
  if (answer.id) {
    upload.url = answer.url;
    byPhoto.set(answer.id, upload);
  }
  if (answer.status === "gone") return stop(upload, answer.reason);
  if (answer.status !== "created") return show(upload, answer.status, answer.reason);
  show(upload, "analysing");
  addTile(answer.tile);
}

// The gallery was deleted: what still waits would be sent in vain.
function stop(upload, reason) {
  show(upload, "refused", reason);
  for (const other of uploads.filter(({ state }) => state === "waiting")) show(other, "refused", reason);
}

function addTile(html) {
  const grid = byId("grid"); // looked up each time: a new filter brings a new grid
  if (!grid) return;
  grid.insertAdjacentHTML("afterbegin", html);
  window.htmx.process(grid.firstElementChild);
  askSoon();
}

function isBusy() {
  return uploads.some(({ state }) => !ENDED.has(state));
}

function summarize() {
  const states = uploads.map(({ state }) => state);
  const done = states.filter((state) => ENDED.has(state)).length;
  showSummary(states, done, leftOut);
}

// A single photo that was dropped on the first page is shown at once.
function finish() {
  if (form.dataset.goto && uploads.length === 1 && uploads[0].url) location.assign(uploads[0].url);
}

function retry() {
  for (const upload of uploads.filter(({ state }) => state === "lost")) show(upload, "waiting");
  next();
}

function close() {
  uploads.length = 0;
  byPhoto.clear();
  leftOut.clear();
  clearRows();
}

// The worker's news comes with the tiles (see progress.js). A tile that goes because the filter
// hides its photo means that the photo is ready; one that is missing for another reason says nothing.
function takeNews() {
  let isNews = false;
  for (const [id, upload] of byPhoto) {
    if (upload.state !== "analysing" && upload.state !== "failed") continue;
    const tile = byId(`photo-${id}`);
    if (!tile && !answered.has(`photo-${id}`)) continue;
    const status = tile ? tile.dataset.status : "ready";
    const state = status === "queued" ? "analysing" : status;
    if (state === upload.state) continue;
    show(upload, state);
    isNews = true;
  }
  answered.clear();
  if (isNews) summarize();
}

if (form) {
  byId("uploads-retry").addEventListener("click", retry);
  byId("uploads-close").addEventListener("click", close);
  window.addEventListener("beforeunload", (event) => {
    if (isBusy()) event.preventDefault();
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => answered.add(event.detail.target.id));
  document.addEventListener("htmx:afterRequest", takeNews);
}
