// Asks which files the gallery has already, by their hashes: those need not be sent.

import { csrfToken } from "../csrf.js";

const LARGEST = 2 ** 27; // bytes: a hash needs the whole file in memory

const inHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Nothing for a file that cannot be read: sending it says why.
async function hash(file) {
  if (file.size > LARGEST) return "";
  try {
    return inHex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
  } catch {
    return "";
  }
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
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  return response.ok ? (await response.json()).known : {};
}
