// Sends one file, and says what came of it: {status, reason, id, url, tile}.

import { csrfToken } from "../csrf.js";

// XMLHttpRequest, because fetch does not tell how much has been sent.
export function send(form, file, onProgress) {
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
    request.addEventListener("loadend", () => resolve(read(request)));
    request.send(data);
  });
}

// Whatever is not an answer of the upload page's own may be tried again.
function read({ responseText, status }) {
  try {
    const answer = JSON.parse(responseText);
    if (answer.status) return answer;
  } catch {
    // Not JSON: the status code tells more.
  }
  if (status === 413) return { status: "refused", reason: "The file is too large." };
  if (status === 0) return { status: "lost" };
  if (status < 400 || status === 403) {
    return { status: "lost", reason: "You were logged out. Log in again in another tab, then retry." };
  }
  return { status: "lost", reason: `The site failed (${status})` };
}
