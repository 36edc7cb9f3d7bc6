// Sends one file, and says what came of it: {status, reason, id, url, tile}.
// A site that is busy for seconds is asked again by itself. A file that cannot be sent because the
// connection is lost, or the person is logged out, waits until it can.

import { csrfToken } from "../csrf.js";
import { deliver } from "../delivery.js";
import { errorFor } from "../reasons.js";
import { gettext } from "../words.js";

const CHANGED = gettext("The file was changed or deleted after you chose it. Choose it again.");

const TRIES = 10;
const LONGEST = 5; // seconds that a try waits for the next one

const SURE = 3; // tries, after which a site that answers otherwise does not want this file

export function send(upload, onProgress) {
  return deliver((lost) => sendPatiently(upload, onProgress, lost), { isKept: true }); // by the queue
}

// `lost` counts the tries that had no answer.
async function sendPatiently(upload, onProgress, lost) {
  for (let tries = 1; ; tries += 1) {
    const request = await sendOnce(upload, onProgress);
    const seconds = Number(request.getResponseHeader("Retry-After") ?? NaN);
    const isBusy = request.status === 503 && seconds <= LONGEST;
    if (!isBusy || tries === TRIES) return read(request, upload.file, lost);
    onProgress(0);
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  }
}

// XMLHttpRequest, because fetch does not tell how much has been sent.
function sendOnce({ action, owner, file }, onProgress) {
  const data = new FormData();
  data.append("uploader", owner);
  data.append("image", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", action + location.search);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) onProgress(event.loaded / event.total);
  });
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => resolve(request));
    request.send(data);
  });
}

// What is "lost" can be sent again; "gone" means that no other file can be sent either.
async function read(request, file, tries) {
  const { responseText, status } = request;
  const answer = parse(responseText);
  if (answer?.status) return answer;
  const error = errorFor(status, request.getResponseHeader("Retry-After"));
  if (error.isLoggedOut) throw error;
  if (status === 0) return readNothing(error, file, tries);
  if (status === 404) return { status: "gone", reason: error.message };
  return { status: error.isLasting ? "refused" : "lost", reason: answer?.error?.message ?? error.message };
}

async function readNothing(error, file, tries) {
  if (!(await isReadable(file))) return { status: "refused", reason: CHANGED };
  if (tries >= SURE && (await isAnswering())) return { status: "lost", reason: error.message };
  throw error;
}

// What stands before the site may cut off one file, and nothing else.
function isAnswering() {
  return fetch(location.href, { method: "HEAD" }).then(() => true, () => false);
}

// Not everything is JSON: there are pages for errors, the site's and those of what stands before it.
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// A browser stops sending a file that is not as it was when it was chosen.
async function isReadable(file) {
  try {
    await file.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
