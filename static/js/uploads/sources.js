// Where files come from: chosen, dropped or pasted.

import { byId } from "../dom.js";
import { addFiles, leaveOut } from "./queue.js";

const PICTURE = /\.(jpe?g|jfif|png|webp|hei[cf]|mpo)$/i;

// A folder holds other things too: they are left out. A file that was chosen itself is always sent,
// and the server says what is wrong with it.
function addFolder(files) {
  const pictures = files.filter(({ name }) => PICTURE.test(name) && !name.startsWith("."));
  leaveOut(files.length - pictures.length);
  addFiles(pictures);
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
    const files = await filesIn(entry);
    if (entry.isFile) addFiles(files);
    else addFolder(files);
  }
}

// What cannot be read is left out; the rest is sent.
async function filesIn(entry) {
  const files = [];
  try {
    if (entry.isFile) return [await ask((...hear) => entry.file(...hear))];
    const reader = entry.createReader();
    for (;;) {
      const some = await ask((...hear) => reader.readEntries(...hear)); // at most 100 at a time
      if (!some.length) break;
      for (const inner of some) files.push(...(await filesIn(inner)));
    }
  } catch {
    leaveOut(1);
  }
  return files;
}

function ask(call) {
  return new Promise((resolve, reject) => call(resolve, reject));
}

function hasFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

if (document.querySelector("form[data-upload]")) {
  listen(byId("files"), addFiles);
  listen(byId("folder"), addFolder);
  document.addEventListener("paste", (event) => addFiles([...event.clipboardData.files]));
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
