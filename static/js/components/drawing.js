// Drawing a face: while its form is open, a drag on the picture fills in the form's numbers.

import { byId, on } from "../dom.js";
import { gettext } from "../words.js";

const ROUNDING = 0.02; // percent: x and width may both be rounded up by half of it
let start = null; // where the drag began, in pixels from the picture's upper left corner

const isOpen = () => byId("draw")?.open;
const fields = () => ["x", "y", "w", "h"].map((name) => byId(`draw-${name}`));
const clamp = (value, max) => Math.max(0, Math.min(value, max));

export function stopDrawing() {
  if (!isOpen()) return null;
  return () => {
    byId("draw").open = false;
    document.querySelector("#draw > summary").focus();
  };
}

function place(event, picture) {
  const { left, top, width, height } = picture.getBoundingClientRect();
  const x = clamp(event.clientX - left, width);
  const y = clamp(event.clientY - top, height);
  return { x, y, width, height };
}

// A square, as the detectors' boxes are: as large as the drag and the picture allow.
function square({ x, y, width, height }) {
  const roomX = x < start.x ? start.x : width - start.x;
  const roomY = y < start.y ? start.y : height - start.y;
  const dragged = Math.max(Math.abs(x - start.x), Math.abs(y - start.y));
  const side = Math.min(dragged, roomX, roomY);
  const left = x < start.x ? start.x - side : start.x;
  const top = y < start.y ? start.y - side : start.y;
  return [left / width, top / height, side / width, side / height];
}

// The server would refuse these boxes. Saying so here keeps the form open with its numbers.
function check() {
  const [x, y, w, h] = fields();
  const picture = document.querySelector(".picture img");
  checkSide(x, w, Number(picture.getAttribute("width")));
  checkSide(y, h, Number(picture.getAttribute("height")));
}

function checkSide(from, side, pixels) {
  const { smallest } = byId("draw").dataset;
  const length = Number(side.value);
  const isOutside = Number(from.value) + length > 100 + ROUNDING;
  const isSmall = side.value && ((length + ROUNDING) / 100) * pixels < smallest;
  if (isOutside) side.setCustomValidity(gettext("The box must lie within the picture."));
  else side.setCustomValidity(isSmall ? tooSmall(smallest) : "");
}

const tooSmall = (least) =>
  gettext("A face must be at least %(least)s pixels wide and high.", { least });

function show() {
  check();
  const rect = document.querySelector("#drawing rect");
  const names = ["x", "y", "width", "height"];
  fields().forEach((field, index) => rect.setAttribute(names[index], isOpen() ? Number(field.value) : 0));
}

on("pointerdown", ".picture", (event, picture) => {
  if (!isOpen() || event.button !== 0) return;
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  start = place(event, picture);
});

on("pointermove", ".picture", (event, picture) => {
  if (!start) return;
  const box = square(place(event, picture));
  fields().forEach((field, index) => (field.value = (100 * box[index]).toFixed(2)));
  show();
});

for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => (start = null));
}

on("input", "#draw", show);

// A toggle does not bubble, so it is caught on its way down.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id !== "draw") return;
    const picture = document.querySelector(".picture");
    picture.classList.toggle("is-drawing", event.target.open);
    if (event.target.open) picture.scrollIntoView({ block: "nearest" }); // phones have it further up
    show();
    const hasKeyboard = matchMedia("(pointer: fine)").matches; // a focused field opens a phone's keyboard
    if (event.target.open && hasKeyboard) byId("draw-x").focus({ preventScroll: true });
  },
  true,
);
