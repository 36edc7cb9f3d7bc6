// Sends what a person says of the faces, in the background.

import { csrfToken } from "../csrf.js";
import { deliver } from "../delivery.js";
import { answerTo } from "../reasons.js";

const lines = new WeakMap(); // for each face, the request that was sent last

// What is said of one face is sent in the order in which it was said. After a failure the face's
// line starts afresh.
export function send(face, ask) {
  const sent = (lines.get(face) ?? Promise.resolve()).then(ask);
  lines.set(face, sent);
  sent.catch(() => lines.delete(face));
  return sent;
}

// `keepalive` lets an answer arrive though its page is left at once.
export function post(url, data) {
  return deliver(async () => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: csrfToken(), ...data });
    const headers = { Accept: "application/json" };
    const response = await answerTo(url, { method: "POST", body, headers, keepalive: true });
    return response.status === 204 ? null : response.json();
  });
}
