// Forms that htmx sends: what does not arrive is kept and sent again, and what comes after it waits
// behind it, so that the last word on anything stays the last.

import { deliver } from "../delivery.js";
import { byId } from "../dom.js";

let line = Promise.resolve();
let waiting = 0;
let lost = null; // why the one that is being sent again failed

// What a person sends has an event. What is sent again has none.
const isAgain = ({ requestConfig }) => !requestConfig.triggeringEvent;

// Whether the request is taken care of. If not, the person is told.
export function keep(detail, error) {
  if (detail.requestConfig.verb !== "post" || !error.isPassing) return false;
  if (isAgain(detail)) lost = error;
  else enqueue(detail, error);
  return true;
}

function enqueue({ elt, target, requestConfig: { path, parameters } }, error) {
  const kept = { elt, target, path, values: { ...parameters }, error };
  waiting += 1;
  line = line.then(() => deliver(() => send(kept))).catch(() => {}); // the notice said why
  line.then(() => (waiting -= 1));
}

async function send(kept) {
  lost = kept.error; // the first time it has failed already
  kept.error = null;
  if (!lost) await request(kept);
  if (lost) throw lost;
}

// Another answer may have brought its form anew, or the person may have gone on to another photo.
function request({ elt, target, path, values }) {
  const [source, place] = [elt, target].map((one) => (one.isConnected ? one : one.id && byId(one.id)));
  const where = source && place ? { source, target: place } : { source: document.body, swap: "none" };
  return window.htmx.ajax("POST", path, { ...where, values }).catch(() => {});
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { detail } = event;
  if (!waiting || detail.requestConfig.verb !== "post" || isAgain(detail)) return;
  event.preventDefault();
  enqueue(detail, null);
});
