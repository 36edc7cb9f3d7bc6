// The row of faces under the large one. A face's state, in data-state, is yes, no, skipped or none.

import { showTrouble } from "../components/notices.js";
import { deliver } from "../delivery.js";
import { byId } from "../dom.js";
import { answerTo } from "../reasons.js";
import { gettext } from "../words.js";

const PRELOADED = 4; // pictures that are fetched before their turn

const row = byId("queue");
let fetching = null;

export const faces = () => [...row.querySelectorAll("[data-face]")];
export const isOpen = (face) => !face.dataset.state;
export const isAnswered = (face) => face.dataset.state === "yes" || face.dataset.state === "no";
export const hasMore = () => row.querySelector("[data-after]") !== null;

// The face before this one; before the end comes the last.
export function before(face) {
  return face ? faces()[faces().indexOf(face) - 1] : faces().at(-1);
}

const WORDS = { yes: gettext("yes"), no: gettext("no"), skipped: gettext("skipped") };

export const inWords = (state) => WORDS[state];

export function setState(face, state) {
  if (state) face.dataset.state = state;
  else delete face.dataset.state;
  const { name } = face.dataset;
  face.querySelector("img").alt = state ? `${name}: ${inWords(state)}` : name;
}

// `scrollIntoView` would move the page too.
export function bringToMiddle(face) {
  row.scrollLeft += middle(face) - middle(row);
}

function middle(element) {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}

export function preload(face) {
  const all = faces();
  const place = all.indexOf(face);
  for (const next of all.slice(place, place + PRELOADED)) next.querySelector("img").loading = "eager";
}

// The skipped faces come last, and are open again.
export function reopenSkipped() {
  const skipped = faces().filter((face) => face.dataset.state === "skipped");
  for (const face of skipped) {
    delete face.dataset.state;
    row.append(face);
  }
  return skipped;
}

// Fetches the next page of faces, whose place an element marks. While it comes the mark is gone, so
// nobody asks twice; after a failure it is back.
export function fetchMore() {
  const mark = row.querySelector("[data-after]");
  if (!mark) return fetching;
  mark.remove();
  fetching = read(mark.dataset.after).catch((error) => {
    row.append(mark);
    showTrouble(error.message);
  });
  return fetching;
}

async function read(after) {
  const url = `${location.pathname}?after=${encodeURIComponent(after)}`;
  const response = await deliver(() => answerTo(url, { headers: { "HX-Request": "true" } }));
  row.insertAdjacentHTML("beforeend", await response.text());
}
