// Where files come from: chosen, dropped or pasted.

import { byId } from "../dom.js";
import { isMacsOwn, isPicture, rubbishIn } from "./folders.js";
import { addFiles, leaveOut } from "./queue.js";
import { gettext } from "../words.js";

const RUBBISH = gettext("thumbnails, bins or hidden");

// Files that were chosen themselves are sent, whatever they are, and the server says what is wrong
// with them. Only what a Mac puts beside each picture is left out: nobody chose that.
function addEach(files) {
  const wanted = files.filter(({ name }) => !isMacsOwn(name));
  leaveOut(RUBBISH, files.length - wanted.length);
  addFiles(wanted);
}

// Takes what was found in a folder, as {path, file}; a path of rubbish needs no file. What is no
// picture is left out.
function addFolder(found) {
  const rubbish = new Set(found.map(({ path }) => rubbishIn(path)).filter(Boolean));
  const wanted = found.filter(({ path }) => !rubbishIn(path));
  const pictures = wanted.filter(({ path }) => isPicture(path));
  leaveOut(RUBBISH, rubbish.size);
  leaveOut(gettext("not pictures"), wanted.length - pictures.length);
  addFiles(pictures.map(({ file }) => file));
}

function addChosen(files) {
  addFolder(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

// What was chosen before this script ran is taken at once.
function listen(input, take) {
  const takeAll = () => {
    take([...input.files]);
    input.value = "";
  };
  input.addEventListener("change", takeAll);
  takeAll();
}

async function addDropped(items) {
  // The items are empty after the first wait, so all entries are asked for now.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  for (const entry of entries) {
    const found = await filesIn(entry);
    if (entry.isFile) addEach(found.map(({ file }) => file));
    else addFolder(found);
  }
}

// What cannot be read is left out; the rest is sent. Folders of rubbish are not looked into.
async function filesIn(entry) {
  const path = entry.fullPath;
  const found = [];
  try {
    if (entry.isFile) return [{ path, file: await ask((...hear) => entry.file(...hear)) }];
    if (rubbishIn(path)) return [{ path }];
    const reader = entry.createReader();
    for (;;) {
      const some = await ask((...hear) => reader.readEntries(...hear)); // at most 100 at a time
      if (!some.length) break;
      for (const inner of some) found.push(...(await filesIn(inner)));
    }
  } catch {
    leaveOut(gettext("unreadable"), 1);
  }
  return found;
}

function ask(call) {
  return new Promise((resolve, reject) => call(resolve, reject));
}

// A spreadsheet or a word processor copies text, and a picture of it besides: that is text. A file
// manager copies files with their names, and without HTML.
function addPasted({ target, clipboardData }) {
  const has = (type) => clipboardData.types.includes(type);
  const isText = has("text/plain") && (has("text/html") || target.closest?.("input, textarea"));
  if (!isText) addEach([...clipboardData.files]);
}

function hasFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

if (document.querySelector("form[data-upload]")) {
  listen(byId("files"), addEach);
  listen(byId("folder"), addChosen);
  document.addEventListener("paste", addPasted);
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
    addDropped(event.dataTransfer.items);
  });
}
