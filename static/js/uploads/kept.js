// The files that still wait, in this browser's own database: a reload, a closed tab or a crash loses
// none. The next page with a place to drop photos goes on with them.

import { remembered } from "../dom.js";

const STORE = "files";
const SOME = "celebattr.files-are-kept"; // "" means none, so the slow database need not be opened
const MOST = 2 ** 30; // bytes: what waits behind that is kept once there is room
const FORGOTTEN_AFTER = 7 * 24 * 3600 * 1000; // milliseconds: others may use this browser

let room = MOST;

let opened = null; // the promise of the database

const upgrade = (database) => database.createObjectStore(STORE, { autoIncrement: true });

// Some browsers have none in a private window: there nothing is kept.
function open() {
  opened ??= window.idb?.openDB("uploads", 1, { upgrade }).catch(() => null);
  return opened;
}

// Holds a kept file for this page: another tab leaves it alone until this one is closed. Browsers
// have such locks on secure sites only; elsewhere two tabs may send a file twice, and the site
// keeps one.
function hold(key) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    navigator.locks.request(`upload ${key}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    });
  });
}

// Keeps the file of an upload until `forget`, if there is room; sets `isKept` once it is.
export function keep(upload) {
  const { file, action, owner } = upload;
  if (upload.kept || file.size > room) return;
  room -= file.size;
  upload.kept = put({ file, name: file.name, action, owner, at: Date.now() });
  upload.kept.then((kept) => (upload.isKept = Boolean(kept)));
}

async function put(row) {
  try {
    const key = await (await open()).add(STORE, row);
    remembered.setItem(SOME, "yes");
    return { key, release: await hold(key) };
  } catch {
    return null; // no database, or a full disk
  }
}

export async function forget(upload) {
  if (!upload.kept) return;
  const kept = await upload.kept;
  Object.assign(upload, { kept: null, isKept: false });
  room += upload.file.size;
  if (!kept) return;
  await (await open()).delete(STORE, kept.key);
  kept.release();
}

// What this person left behind in earlier pages, and no other tab is sending: {file, action, kept}.
export async function keptBefore(owner) {
  if (remembered.getItem(SOME) === "") return [];
  const database = await open();
  if (!database) return [];
  const found = [];
  const keys = await database.getAllKeys(STORE);
  if (!keys.length) await noteThatNoneAreKept(database);
  for (const key of keys) {
    const release = await hold(key);
    if (!release) continue;
    const row = await database.get(STORE, key);
    if (row && Date.now() - row.at > FORGOTTEN_AFTER) await database.delete(STORE, key);
    else if (row?.owner === owner) found.push(adopted(row, { key, release }));
    else release();
  }
  return found;
}

async function noteThatNoneAreKept(database) {
  remembered.setItem(SOME, "");
  if (await database.count(STORE)) remembered.setItem(SOME, "yes"); // one came in between
}

function adopted({ file, name, action, owner }, kept) {
  room -= file.size;
  const again = new File([file], name, { type: file.type });
  return { file: again, action, owner, kept: Promise.resolve(kept), isKept: true };
}
