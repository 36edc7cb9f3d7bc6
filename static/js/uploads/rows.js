// What the page shows of the uploads: a row for each file, and a line that sums them up.

import { byId } from "../dom.js";

const WORDS = {
  waiting: "Waiting",
  analysing: "Being analyzed",
  ready: "Ready",
  failed: "The analysis failed",
  duplicate: "Already in this gallery",
};
const BAD = new Set(["refused", "lost", "failed"]);

export function addRow(name) {
  const row = byId("upload-row").content.firstElementChild.cloneNode(true);
  row.querySelector(".name").textContent = name;
  row.querySelector(".name").title = name;
  byId("uploads-rows").append(row);
  return row;
}

// `words` is text or an element. Bad news goes to the top, where it is seen.
export function showState({ row, url, state }, words = WORDS[state]) {
  row.dataset.state = state;
  row.classList.toggle("is-bad", BAD.has(state));
  row.querySelector(".outcome").replaceChildren(url ? link(url, words) : words);
  if (BAD.has(state)) byId("uploads-rows").prepend(row);
}

export function makeBar(name) {
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Uploading ${name}`);
  return bar;
}

function link(url, words) {
  const element = document.createElement("a");
  element.href = url;
  element.textContent = words;
  return element;
}

// `states` holds the state of each file, `done` says how many have ended.
export function showSummary(states, done, leftOut) {
  const count = (state) => states.filter((one) => one === state).length;
  const parts = [
    [count("analysing"), "being analyzed"],
    [count("ready"), "ready"],
    [count("duplicate"), "already here"],
    [count("refused"), "refused"],
    [count("failed"), "failed"],
    [count("lost"), "not sent"],
    ...[...leftOut].map(([what, number]) => [number, `skipped (${what})`]),
  ];
  const isBusy = done < states.length;
  const head = isBusy ? `Uploading ${done} of ${states.length}` : `${done} of ${done} done`;
  const words = parts.filter(([number]) => number).map(([number, word]) => `${number} ${word}`);
  say([states.length ? head : "", ...words].filter(Boolean).join(" · "));
  byId("uploads").hidden = false;
  const bar = byId("uploads-progress");
  bar.max = Math.max(states.length, 1);
  bar.value = done;
  bar.hidden = !isBusy;
  byId("uploads-retry").hidden = count("lost") === 0;
  byId("uploads-close").hidden = isBusy;
}

// The line is read out when it changes, so it changes only when the words do.
function say(text) {
  const summary = byId("uploads-summary");
  if (summary.textContent !== text) summary.textContent = text;
}

export function clearRows() {
  byId("uploads-rows").replaceChildren();
  byId("uploads").hidden = true;
}
