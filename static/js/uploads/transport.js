// Sends one file, and says what came of it: {status, reason, id, url, tile}.
// A site that is busy for seconds is asked again by itself.

import { csrfToken } from "../csrf.js";
import { reasonFor } from "../reasons.js";

const CHANGED = "The file was changed or deleted after you chose it. Choose it again.";

const TRIES = 10;
const LONGEST = 5; // seconds that a try waits for the next one

export async function send(form, file, onProgress) {
  for (let tries = 1; ; tries += 1) {
    const request = await sendOnce(form, file, onProgress);
    const seconds = Number(request.getResponseHeader("Retry-After") ?? NaN);
    if (request.status !== 503 || !(seconds <= LONGEST) || tries === TRIES) return read(request, file);
    onProgress(0);
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  }
}

// XMLHttpRequest, because fetch does not tell how much has been sent.
function sendOnce(form, file, onProgress) {
  const data = new FormData();
  data.append("image", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action") + location.search);
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
async function read(request, file) {
  const { responseText, status } = request;
  const answer = parse(responseText);
  if (answer?.status) return answer;
  if (status === 0 && !(await isReadable(file))) return { status: "refused", reason: CHANGED };
  const { words, isLasting } = reasonFor(status, request.getResponseHeader("Retry-After"));
  if (status === 404) return { status: "gone", reason: words };
  return { status: isLasting ? "refused" : "lost", reason: answer?.error?.message ?? words };
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
