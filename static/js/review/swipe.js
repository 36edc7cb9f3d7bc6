// On a touch screen a swipe over the face answers: to the right is yes, to the left is no.

import { byId } from "../dom.js";

const FAR = 60; // pixels to the side that are meant
const picture = byId("review-face");
let start = null;

function answer(value) {
  document.querySelector(`#review-now .review-${value}`).click();
}

picture?.addEventListener("pointerdown", (event) => {
  start = event.pointerType === "touch" ? event : null;
});

picture?.addEventListener("pointerup", ({ clientX, clientY }) => {
  if (!start) return;
  const [x, y] = [clientX - start.clientX, clientY - start.clientY];
  start = null;
  if (Math.abs(x) > FAR && Math.abs(x) > 2 * Math.abs(y)) answer(x > 0 ? "yes" : "no");
});
