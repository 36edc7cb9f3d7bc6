// Drawing a face: while its form is open, a drag on the picture fills in the form's numbers.

let start = null; // where the drag began, in pixels from the picture's left upper corner

const isOpen = () => document.getElementById("draw")?.open;
const fields = () => ["x", "y", "w", "h"].map((name) => document.getElementById(`draw-${name}`));

function place(event, picture) {
  const { left, top, width, height } = picture.getBoundingClientRect();
  const within = (value, most) => Math.max(0, Math.min(value, most));
  return { x: within(event.clientX - left, width), y: within(event.clientY - top, height), width, height };
}

// A square, as detectors' boxes are: as large as the drag and the picture allow.
function square({ x, y, width, height }) {
  const room = { x: x < start.x ? start.x : width - start.x, y: y < start.y ? start.y : height - start.y };
  const side = Math.min(Math.max(Math.abs(x - start.x), Math.abs(y - start.y)), room.x, room.y);
  const left = x < start.x ? start.x - side : start.x;
  const top = y < start.y ? start.y - side : start.y;
  return [left / width, top / height, side / width, side / height];
}

// What the server would refuse keeps the form open, with its numbers.
function check() {
  const [x, y, w, h] = fields();
  const picture = document.getElementById("picture");
  checkSide(x, w, Number(picture.getAttribute("width")));
  checkSide(y, h, Number(picture.getAttribute("height")));
}

function checkSide(start, side, pixels) {
  const { smallest } = document.getElementById("draw").dataset;
  const [from, length] = [Number(start.value), Number(side.value)];
  const isOutside = from + length > 100.02; // both may be rounded up
  const isSmall = side.value && ((length + 0.02) / 100) * pixels < smallest;
  const words = isSmall ? `A face must be at least ${smallest} pixels wide and high.` : "";
  side.setCustomValidity(isOutside ? "The box must lie within the picture." : words);
}

function show() {
  check();
  const rect = document.querySelector("#drawing rect");
  const names = ["x", "y", "width", "height"];
  fields().forEach((field, index) => rect.setAttribute(names[index], isOpen() ? Number(field.value) : 0));
}

document.addEventListener("pointerdown", (event) => {
  const picture = event.target.closest(".picture");
  if (!picture || !isOpen() || event.button !== 0) return;
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  start = place(event, picture);
});

document.addEventListener("pointermove", (event) => {
  const picture = event.target.closest?.(".picture");
  if (!start || !picture) return;
  const box = square(place(event, picture));
  fields().forEach((field, index) => (field.value = (100 * box[index]).toFixed(2)));
  show();
});

for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => (start = null));
}

document.addEventListener("input", (event) => {
  if (event.target.closest("#draw")) show();
});

// Escape ends the drawing before it leaves the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isOpen() || document.querySelector(":popover-open")) return;
  event.preventDefault();
  document.getElementById("draw").open = false;
  document.querySelector("#draw > summary").focus();
}, true);

// A toggle does not bubble.
document.addEventListener("toggle", (event) => {
  if (event.target.id !== "draw") return;
  document.querySelector(".picture").classList.toggle("is-drawing", event.target.open);
  show();
  const hasKeyboard = matchMedia("(pointer: fine)").matches; // a finger would be given a screen keyboard
  if (event.target.open && hasKeyboard) document.getElementById("draw-x").focus({ preventScroll: true });
}, true);
