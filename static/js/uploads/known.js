// Asks which files the gallery has already, by their hashes: those need not be sent.

import { csrfToken } from "../csrf.js";

const LARGEST = 2 ** 27; // bytes: a hash needs the whole file in memory
const MOST = 100; // files in one request
const MOST_BYTES = 2 ** 26; // and bytes, unless a single file has more: all of them are in memory at once
const PATIENCE = 5000; // milliseconds to wait for the answer, before which no file is sent

const inHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Returns nothing for a file that cannot be read: sending it gives the reason.
async function hash(file) {
  if (file.size > LARGEST) return "";
  try {
    return inHex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
  } catch {
    return "";
  }
}

// Splits a list of uploads into parts, each for one request.
export function* batches(uploads) {
  let some = [];
  let bytes = 0;
  for (const upload of uploads) {
    if (some.length === MOST || (some.length && bytes + upload.file.size > MOST_BYTES)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(upload);
    bytes += upload.file.size;
  }
  if (some.length) yield some;
}

// The ids of photos by the files that they were made of. Nothing is known where that cannot be asked:
// browsers have hashes on secure sites only.
export async function knownAmong(files, { known, gallery }) {
  if (!gallery || !globalThis.crypto.subtle) return new Map();
  try {
    const hashes = await Promise.all(files.map(hash));
    const found = await ask(known, { gallery, sha256: hashes.filter(Boolean) });
    return new Map(files.map((file, place) => [file, found[hashes[place]]]).filter(([, id]) => id));
  } catch {
    return new Map(); // sent, they are recognized all the same
  }
}

async function ask(address, body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  const response = await fetch(address, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  });
  return response.ok ? (await response.json()).known : {};
}
