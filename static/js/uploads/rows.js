// What the page shows of the uploads: one line that sums them up, and a row for each file that did
// not become a new photo.

import { byId } from "../dom.js";
import { timeLeft } from "./time_left.js";
import { gettext, ngettext } from "../words.js";

const DUPLICATE = gettext("Already in this gallery");
const FAILED = gettext("The analysis failed");
const COUNTED = {
  duplicate: (number) => gettext("%(number)s already here", { number }),
  refused: (number) => gettext("%(number)s refused", { number }),
  failed: (number) => gettext("%(number)s failed", { number }),
  lost: (number) => gettext("%(number)s not sent", { number }),
};
const SAY_EVERY = 10000; // milliseconds: the line changes faster than it can be read out

let saidAt = 0;

// Only what went wrong, and what was there before, has a row.
export function showState(upload, words) {
  upload.row?.remove();
  upload.row = null;
  const { file, state, url } = upload;
  if (state === "duplicate") addRow(upload, link(url, DUPLICATE));
  else if (state === "failed") addRow(upload, link(url, words || FAILED));
  else if (state === "refused" || state === "lost") addRow(upload, words);
  if (upload.row) upload.row.querySelector(".name").title = file.name;
}

function addRow(upload, words) {
  const row = byId("upload-row").content.firstElementChild.cloneNode(true);
  row.dataset.state = upload.state;
  row.querySelector(".name").textContent = upload.file.name;
  row.querySelector(".outcome").append(words);
  const rows = byId("uploads-rows");
  if (upload.state === "duplicate") rows.append(row);
  else rows.prepend(row); // what went wrong is seen first
  upload.row = row;
}

function link(url, words) {
  const element = document.createElement("a");
  element.href = url;
  element.textContent = words;
  return element;
}

// `states` and `shares` hold the state of each file and how much of it was sent, `leftOut` how many
// things of folders are not sent, and `unseen` counts new photos that the grid does not show.
export function showSummary({ states, shares, leftOut, unseen, isPaused }) {
  const count = (...wanted) => states.filter((state) => wanted.includes(state)).length;
  const uploaded = count("analysing", "ready", "failed", "duplicate");
  const analyzed = count("ready", "failed");
  const expected = states.length - count("duplicate", "refused", "lost");
  const isEnd = uploaded + count("refused", "lost") === states.length && analyzed === expected;
  const parts = [
    ...(states.length ? [gettext("Uploaded %(number)s of %(all)s", { number: uploaded, all: states.length })] : []),
    ...(expected ? [gettext("analyzed %(number)s of %(all)s", { number: analyzed, all: expected })] : []),
    ...Object.keys(COUNTED).flatMap((state) => (count(state) ? [COUNTED[state](count(state))] : [])),
    ...[...leftOut].map(([what, number]) => gettext("%(number)s skipped (%(what)s)", { number, what })),
    ...(isPaused ? [gettext("paused")] : isEnd ? [] : timeLeft(analyzed, expected)),
  ];
  say(parts.join(", "), isEnd);
  showBar(shares.reduce((sum, share) => sum + share, uploaded + analyzed), states.length + expected, isEnd);
  byId("uploads-close").hidden = count("waiting", "uploading") > 0;
  byId("uploads-pause").setAttribute("aria-pressed", isPaused);
  for (const id of ["uploads-pause", "uploads-cancel"]) byId(id).hidden = count("waiting") === 0;
  showButtons(count("lost", "failed"), unseen);
}

function showBar(value, max, isEnd) {
  const bar = byId("uploads-progress");
  Object.assign(bar, { max: Math.max(max, 1), value });
  bar.style.visibility = isEnd ? "hidden" : "visible";
}

function showButtons(failed, unseen) {
  byId("uploads").hidden = false;
  byId("uploads-retry").hidden = failed === 0;
  byId("uploads-show").hidden = unseen === 0;
  byId("uploads-show").textContent = ngettext(
    "%(number)s new photo – show",
    "%(number)s new photos – show",
    unseen,
  );
}

function say(text, isEnd) {
  const place = byId("uploads-summary");
  if (place.textContent !== text) place.textContent = text;
  if (!isEnd && Date.now() - saidAt < SAY_EVERY) return;
  saidAt = Date.now();
  byId("uploads-said").textContent = text;
}

export function clearRows() {
  byId("uploads-rows").replaceChildren();
  byId("uploads").hidden = true;
}
