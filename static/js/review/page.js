// The review: answers are sent in the background while the next face is already shown.

import { hideTrouble, showTrouble } from "../components/notices.js";
import { byId, on } from "../dom.js";
import * as row from "./faces.js";
import { post, send } from "./outbox.js";
import { gettext, inDigits } from "../words.js";

const AHEAD = 12; // when fewer open faces wait, the next page of them is fetched

const page = byId("review");
const form = byId("review-now");
const end = byId("review-end");
const given = []; // what was answered, the latest last
const kept = new WeakMap(); // for each face, the answer that the server has
let current = null;
let isWaiting = false;

function show(face) {
  current?.removeAttribute("aria-current");
  current = face;
  const wasAtEnd = end.contains(document.activeElement);
  form.hidden = !face;
  end.hidden = Boolean(face);
  if (!face) return end.focus();
  if (wasAtEnd) form.focus();
  face.setAttribute("aria-current", "true");
  row.bringToMiddle(face);
  showLarge(face);
  showButtons(face);
  row.preload(face);
}

function showLarge(face) {
  const { href, name, model } = face.dataset;
  const src = face.querySelector("img").src;
  Object.assign(byId("review-face"), { src, alt: gettext("The face in question, from %(name)s", { name }) });
  Object.assign(byId("review-name"), { href, textContent: name });
  byId("review-model").textContent = model;
}

function showButtons(face) {
  const { guess, state } = face.dataset;
  const button = byId("review-guess");
  button.value = guess;
  button.querySelector("span").textContent = row.inWords(guess);
  for (const choice of form.querySelectorAll(".review-yes, .review-no")) {
    choice.setAttribute("aria-pressed", choice.value === state);
  }
  // Not `disabled`: that would take the focus from someone who goes back to the first face.
  byId("review-back").setAttribute("aria-disabled", !row.before(face));
  byId("review-undo").setAttribute("aria-disabled", given.length === 0);
}

// The next open face: after this one, then from the front, then among the skipped ones.
async function advance() {
  const all = row.faces();
  const ahead = all.slice(all.indexOf(current) + 1).filter(row.isOpen);
  if (ahead.length < AHEAD) {
    const coming = row.fetchMore();
    if (!ahead.length) {
      isWaiting = true; // a key pressed now would answer for a face that nobody has seen
      await coming;
      isWaiting = false;
    }
  }
  const next = ahead[0] ?? row.faces().find(row.isOpen);
  if (next) return show(next);
  if (row.hasMore()) return; // the page did not come: the next key asks again
  const skipped = row.reopenSkipped();
  if (skipped.length) say(gettext("Only skipped faces are left."));
  show(skipped[0] ?? null);
}

function mark(face, state) {
  const wasAnswered = row.isAnswered(face);
  row.setState(face, state);
  const change = Number(row.isAnswered(face)) - Number(wasAnswered);
  addTo("answered", change);
  addTo("left", -change);
}

function addTo(id, change) {
  const count = Number(byId(id).textContent.replaceAll(/\D/g, "")) + change;
  byId(id).textContent = inDigits(count);
}

// What does not arrive is taken back here too: the face shows what the server has.
function tell(face, state, ask, onLost) {
  send(face, ask).then(
    () => {
      kept.set(face, state);
      hideTrouble();
    },
    (error) => {
      mark(face, kept.get(face) ?? "");
      showTrouble(error.message);
      onLost();
    },
  );
}

function answer(state) {
  const face = current;
  if (!face || isWaiting) return;
  if (face.dataset.state !== state) {
    const one = { face, before: row.isAnswered(face) ? face.dataset.state : "" };
    given.push(one);
    mark(face, state);
    const ask = async () => {
      one.batch = (await post(location.pathname, { face: face.dataset.face, answer: state })).batch;
    };
    tell(face, state, ask, () => {
      if (given.includes(one)) given.splice(given.indexOf(one), 1);
    });
  }
  advance();
}

function undo() {
  const one = given.pop();
  if (!one) return;
  mark(one.face, one.before);
  // The batch is known once the answer has arrived, which `send` waits for.
  const ask = () => one.batch && post(page.dataset.undo, { batch: one.batch });
  tell(one.face, one.before, ask, () => {
    if (one.batch) given.push(one);
  });
  say(gettext("Undone."));
  show(one.face);
}

function back() {
  show(row.before(current) ?? current);
}

function skip() {
  if (!current || isWaiting) return;
  if (row.isOpen(current)) current.dataset.state = "skipped";
  advance();
}

function say(words) {
  byId("review-say").textContent = words;
}

if (form) {
  on("click", "#review-skip", skip);
  on("click", "#review-undo, #end-undo", undo);
  on("click", "#review-back, #end-back", back);
  on("click", "#queue [data-face]", (event, face) => show(face));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(event.submitter.value);
  });
  show(row.faces()[0]);
}
