// Every key of the site. The dialog in templates/includes/keys.html tells people of them.

import { stopDrawing } from "./components/drawing.js";
import { toMain } from "./components/focus.js";
import { stopFrame } from "./components/frame.js";
import { closeMenu } from "./components/menu.js";
import { clearSearch, say } from "./components/panel.js";
import { rove } from "./components/roving.js";
import { clearSelection, deleteSelected, selectFocused } from "./components/selection.js";
import { leaveFullScreen } from "./components/viewer.js";

// Each key has one or more offers, tried in order. An offer returns what to do, or nothing where it
// does not apply.
const KEYS = {
  "?": [press("[popovertarget=keys]")],
  "+": [press("#zoom-in")],
  "-": [press("#zoom-out")],
  0: [press("#zoom-reset")],
  ArrowDown: [rove],
  ArrowLeft: [rove, press("a[rel=prev]"), press("#review-back")],
  ArrowRight: [rove, press("a[rel=next]"), press("#review-skip")],
  ArrowUp: [rove],
  Delete: [deleteSelected],
  End: [rove],
  Enter: [press("#review-guess")],
  Escape: [closeMenu, stopDrawing, stopFrame, clearSelection, leaveFullScreen, press("#back")],
  Home: [rove],
  b: [press("#show-boxes")],
  d: [press("#draw > summary")],
  f: [press("#narrow"), press("#full-screen")],
  n: [press(".review-no")],
  r: [press("#review-link")],
  s: [press("#review-skip"), press("[popovertarget=save-filter]")],
  u: [press("#review-undo"), press("#files")],
  x: [selectFocused], // with Shift: all up to this one
  y: [press(".review-yes")],
  z: [press("#toast .undo"), press(".messages .undo")], // the latest answer first
};
for (const digit of "123456789") KEYS[digit] = [press(`#tab-${digit}`)];

// The same key with or without Shift.
const SAME = { "=": "+", _: "-" };

// In a field, keys are text except these.
const FIELD_KEYS = {
  Enter: [say],
  Escape: [stopDrawing, clearSearch, clearSelection, leaveField],
};
const FIELDS = "input:not([type=file], [type=checkbox]), select, textarea";

function press(selector) {
  return () => {
    const element = document.querySelector(selector);
    if (!element) return null;
    return () => (element.matches(FIELDS) ? focusOn(element) : element.click());
  };
}

function focusOn(input) {
  const sheet = input.closest("[popover]"); // the filter panel is one on phones
  if (sheet && !input.checkVisibility()) sheet.showPopover();
  input.focus();
  input.select();
}

// A dialog closes by itself, and gives the focus back.
function leaveField({ target }) {
  return target.closest(".dialog") ? null : toMain;
}

function find(offers, event) {
  for (const offer of offers ?? []) {
    const act = offer(event);
    if (act) return act;
  }
  return null;
}

const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

// Enter belongs to the link or button that has the focus.
function isTaken(event) {
  return event.key === "Enter" && event.target.closest("a, button, summary") !== null;
}

// A key that is held down acts once: otherwise it would answer for faces that nobody has seen.
function isRepeat(event) {
  return event.repeat && !event.key.startsWith("Arrow");
}

// A letter counts with or without Shift and Caps Lock. Where the layout has none of ours, as in
// Russian, or has digits only with Shift, as in French, the place of the key counts.
function nameOf({ key, code, shiftKey }) {
  const name = key.length === 1 ? (SAME[key] ?? key.toLowerCase()) : key;
  if (name in KEYS || /^[a-z]$/.test(name)) return name;
  if (/^Digit\d$/.test(code) && !shiftKey) return code.at(-1);
  const isForeign = key.length === 1 && key > "\x7f";
  return isForeign && /^Key[A-Z]$/.test(code) ? code.at(-1).toLowerCase() : name;
}

function handle(event) {
  const act = find(KEYS[nameOf(event)], event);
  if (isTaken(event)) {
    if (isRepeat(event)) event.preventDefault();
  } else if (act) {
    event.preventDefault();
    if (!isRepeat(event)) act();
  }
}

// While a word is being composed, as in Japanese, Enter ends it; Safari says so by 229 only.
const isComposing = (event) => event.isComposing || event.keyCode === 229;

document.addEventListener("keydown", (event) => {
  if (isComposing(event) || hasModifier(event) || event.defaultPrevented) return;
  if (event.target.closest(FIELDS)) find(FIELD_KEYS[event.key], event)?.();
  else if (!document.querySelector(":popover-open:not(.panel)")) handle(event);
});
