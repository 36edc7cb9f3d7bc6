// Uploads: one request a file, three at a time, and a row that says what became of each.

const AT_ONCE = 3;
const PICTURE = /\.(jpe?g|jfif|png|webp|hei[cf]|mpo)$/i;
const WORDS = {
  waiting: "Waiting",
  analysing: "Being analysed",
  ready: "Ready",
  failed: "The analysis failed",
  duplicate: "Already in this gallery",
  lost: "The connection was lost",
};
const ENDED = new Set(["analysing", "ready", "failed", "duplicate", "refused", "lost"]);
const BAD = new Set(["refused", "lost", "failed"]);

const form = document.querySelector("form[data-upload]");
const list = document.getElementById("uploads-rows");
const template = document.getElementById("upload-row");
const retry = document.getElementById("uploads-retry");
const close = document.getElementById("uploads-close");

const uploads = [];
const byPhoto = new Map();
const answered = new Set(); // ids of the tiles that the answer which is being taken in is about
let running = 0;
let leftOut = 0;

// --- One file ---

function add(file) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.querySelector(".name").textContent = file.name;
  row.querySelector(".name").title = file.name;
  const upload = { file, row, state: "", url: "" };
  uploads.push(upload);
  list.append(row);
  if (file.size > Number(form.dataset.maxBytes)) {
    show(upload, "refused", `The file is larger than ${form.dataset.maxSize}. Make it smaller and try again.`);
  } else {
    show(upload, "waiting");
  }
}

function show(upload, state, words = WORDS[state]) {
  upload.state = state;
  const { row } = upload;
  row.dataset.state = state;
  row.classList.toggle("is-bad", BAD.has(state));
  row.querySelector(".outcome").replaceChildren(upload.url ? link(upload.url, words) : words);
  if (BAD.has(state)) list.prepend(row);
}

function link(url, words) {
  const element = document.createElement("a");
  element.href = url;
  element.textContent = words;
  return element;
}

function send(upload) {
  running += 1;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Uploading ${upload.file.name}`);
  show(upload, "uploading", bar);
  const data = new FormData();
  data.append("image", upload.file, upload.file.name);
  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action") + location.search);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  };
  request.onloadend = () => {
    running -= 1;
    receive(upload, request);
    next();
  };
  request.send(data);
}

function receive(upload, request) {
  const answer = read(request);
  if (answer.id) {
    upload.url = answer.url;
    byPhoto.set(answer.id, upload);
  }
  if (answer.status === "created") {
    show(upload, "analysing");
    stand(answer.tile);
  } else {
    show(upload, answer.status, answer.reason);
  }
}

// What the server said; whatever is not an answer of ours can be tried again.
function read(request) {
  try {
    const answer = JSON.parse(request.responseText);
    if (answer.status) return answer;
  } catch {
    // Told apart below.
  }
  if (request.status === 413) return { status: "refused", reason: "The file is too large." };
  if (request.status === 0) return { status: "lost" };
  if (request.status < 400 || request.status === 403) {
    return { status: "lost", reason: "You have been logged out: log in again in another tab, then retry" };
  }
  return { status: "lost", reason: `The site failed (${request.status})` };
}

function stand(html) {
  const grid = document.getElementById("grid"); // a click in the filter panel makes a new one
  if (!grid) return;
  grid.insertAdjacentHTML("afterbegin", html);
  window.htmx.process(grid.firstElementChild);
  document.dispatchEvent(new CustomEvent("photos:added"));
}

// --- All of them ---

function next() {
  while (running < AT_ONCE) {
    const upload = uploads.find(({ state }) => state === "waiting");
    if (!upload) break;
    send(upload);
  }
  summarise();
  if (!isBusy()) finish();
}

function isBusy() {
  return uploads.some(({ state }) => !ENDED.has(state));
}

function count(...states) {
  return uploads.filter(({ state }) => states.includes(state)).length;
}

function summarise() {
  const done = uploads.filter(({ state }) => ENDED.has(state)).length;
  const parts = [
    [count("analysing"), "being analysed"],
    [count("ready"), "ready"],
    [count("duplicate"), "already here"],
    [count("refused"), "refused"],
    [count("failed"), "failed"],
    [count("lost"), "not sent"],
    [leftOut, "left out: not pictures, or not readable"],
  ];
  const words = parts.filter(([number]) => number).map(([number, word]) => `${number} ${word}`);
  const head = isBusy() ? `Uploading ${done} of ${uploads.length}` : `${uploads.length} of ${uploads.length} done`;
  say([uploads.length ? head : "", ...words].filter(Boolean).join(" · "));
  document.getElementById("uploads").hidden = false;
  const bar = document.getElementById("uploads-progress");
  bar.max = Math.max(uploads.length, 1);
  bar.value = done;
  bar.hidden = !isBusy();
  retry.hidden = count("lost") === 0;
  close.hidden = isBusy();
}

function say(text) {
  const summary = document.getElementById("uploads-summary");
  if (summary.textContent !== text) summary.textContent = text;
}

// One photo dropped on the first page: show it.
function finish() {
  if (form.dataset.goto && uploads.length === 1 && uploads[0].url) location.assign(uploads[0].url);
}

function take(files) {
  if (!files.length) return;
  files.forEach(add);
  next();
}

retry.addEventListener("click", () => {
  for (const upload of uploads.filter(({ state }) => state === "lost")) show(upload, "waiting");
  next();
});
close.addEventListener("click", () => {
  uploads.length = 0;
  byPhoto.clear();
  leftOut = 0;
  list.replaceChildren();
  document.getElementById("uploads").hidden = true;
});
window.addEventListener("beforeunload", (event) => {
  if (isBusy()) event.preventDefault();
});

// The worker's answers come with the tiles (see progress.js). A ready photo's tile is taken away
// where the filter hides it; a tile that is not there for another reason says nothing.
document.addEventListener("htmx:oobBeforeSwap", (event) => answered.add(event.detail.target.id));
document.addEventListener("htmx:afterRequest", () => {
  let isNews = false;
  for (const [id, upload] of byPhoto) {
    if (upload.state !== "analysing" && upload.state !== "failed") continue;
    const tile = document.getElementById(`photo-${id}`);
    if (!tile && !answered.has(`photo-${id}`)) continue;
    const status = tile ? tile.dataset.status : "ready";
    const state = status === "queued" ? "analysing" : status;
    if (state === upload.state) continue;
    show(upload, state);
    isNews = true;
  }
  answered.clear();
  if (isNews) summarise();
});

// --- Where files come from ---

// A folder holds other things too: those are left out. A file that was chosen itself is sent.
function onlyPictures(files) {
  const pictures = files.filter((file) => PICTURE.test(file.name) && !file.name.startsWith("."));
  leftOut += files.length - pictures.length;
  if (!pictures.length && files.length) summarise();
  return pictures;
}

// What cannot be read is left out; the rest is sent.
async function filesIn(entry) {
  const files = [];
  try {
    if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      for (const inner of some) files.push(...(await filesIn(inner)));
    }
  } catch {
    leftOut += 1;
  }
  return files;
}

async function takeDropped(items) {
  // Entries must be asked for before the first wait: after it the items are empty.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  for (const entry of entries) {
    const files = await filesIn(entry);
    take(entry.isFile ? files : onlyPictures(files));
  }
  if (leftOut) summarise();
}

// What was chosen before this script ran is taken at once.
function takeFrom(input, chosen) {
  const takeAll = () => {
    take(chosen([...input.files]));
    input.value = "";
  };
  input.addEventListener("change", takeAll);
  takeAll();
}

takeFrom(document.getElementById("files"), (files) => files);
takeFrom(document.getElementById("folder"), onlyPictures);
document.addEventListener("paste", (event) => take([...event.clipboardData.files]));

function hasFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.add("is-dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("is-dropping");
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.remove("is-dropping");
  takeDropped(event.dataTransfer.items);
});
