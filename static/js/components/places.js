// An answered attribute keeps its place until the photo is left: a second click on the same spot
// then means the same attribute. What was folded out stays so too.

import { byId } from "../dom.js";

const places = new Map(); // of each face: the ids of its rows, section by section
let photo = "";
let scroll = {};
let isOpen = false; // the list of what the face does not have

const sections = () => [...document.querySelectorAll("#verdicts [data-rows]")];
const rowsOf = ({ children }) => [...children].map(({ id }) => id);
const read = () => new Map(sections().map((list) => [list.dataset.rows, rowsOf(list)]));

const isSame = (one, other) => JSON.stringify([...one]) === JSON.stringify([...other]);

function putBack(known) {
  const focused = document.activeElement;
  for (const list of sections()) list.append(...known.get(list.dataset.rows).map(byId).filter(Boolean));
  for (const list of sections()) {
    list.parentElement.querySelector(".verdict-count").textContent = list.children.length;
  }
  focused.focus({ preventScroll: true });
}

// A swap begins at the top of what it brings.
function noteScroll() {
  scroll = { page: scrollY, inspector: document.querySelector(".inspector")?.scrollTop };
}

function keepScroll() {
  document.querySelector(".inspector").scrollTop = scroll.inspector;
  scrollTo({ top: scroll.page, behavior: "instant" });
}

function keepPlaces() {
  const verdicts = byId("verdicts");
  if (!verdicts) return;
  const { photo: now } = byId("photo").dataset;
  const isSamePhoto = now === photo;
  if (!isSamePhoto) places.clear();
  photo = now;
  const { face } = verdicts.dataset;
  if (!places.has(face)) places.set(face, read());
  else if (!isSame(places.get(face), read())) putBack(places.get(face));
  byId("verdict-no").open = isOpen;
  if (isSamePhoto) keepScroll();
}

if (byId("photo")) {
  keepPlaces();
  document.addEventListener("htmx:beforeSwap", noteScroll);
  for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(name, keepPlaces);
  document.addEventListener("toggle", ({ target }) => {
    if (target.id === "verdict-no" && target.isConnected) isOpen = target.open;
  }, true);
}
