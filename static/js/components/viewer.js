// The picture on its stage: zoom, pan, swipe, full screen, and boxes that can be hidden.

import { byId, on } from "../dom.js";

const MOST = 8; // times the size that fits
const DOUBLE_TAP = 2.5; // times, too
const SHARP = 1.3; // from here on the full picture is better than its preview
const SWIPE = 60; // pixels
const SLIP = 8; // pixels by which a finger moves in a tap
const PAUSE = 350; // milliseconds between the taps of a double tap
const HIDDEN = "boxes-are-hidden"; // in the session's storage

const frame = document.querySelector(".photo-frame");
let view = null; // the Panzoom of the canvas
let canvas = null;
let shown = ""; // the photo
let press = null; // where the pointer went down, and whether it has moved since
let tap = { time: 0, x: 0, y: 0 }; // the last one
const ahead = new Map(); // the pictures of the neighbors, by their addresses

// --- Zoom

// A swap within one photo keeps the zoom. Panzoom starts where it is told to, a moment later.
function setUp() {
  const photo = byId("photo")?.dataset.photo;
  if (!photo || canvas === byId("canvas")) return;
  const kept = photo === shown ? { scale: view.getScale(), ...view.getPan() } : { scale: 1, x: 0, y: 0 };
  view?.destroy();
  [canvas, shown] = [byId("canvas"), photo];
  canvas.addEventListener("panzoomchange", ({ detail }) => show(detail.scale));
  view = window.Panzoom(canvas, {
    contain: "outside",
    cursor: "",
    excludeClass: "is-drawing",
    handleStartEvent: () => {}, // drawing hears the same events
    maxScale: MOST,
    minScale: 1,
    startX: kept.x,
    startY: kept.y,
    touchAction: "pan-y",
  });
  view.zoom(kept.scale, { force: true });
  view.pan(kept.x, kept.y, { force: true });
  showBoxes();
  preload();
}

function show(scale) {
  canvas.style.setProperty("--zoom", scale);
  byId("zoom-now").textContent = `${Math.round(100 * scale)} %`;
  byId("stage").classList.toggle("is-zoomed", scale > 1);
  view.setOptions({ touchAction: scale > 1 ? "none" : "pan-y" });
  const image = canvas.querySelector("img");
  if (scale > SHARP && image.dataset.full) use(image, { src: image.dataset.full });
}

function use(image, { src, srcset = "" }) {
  image.srcset = srcset;
  image.src = src;
}

const fit = () => view.reset({ animate: false, startX: 0, startY: 0 });

on("click", "#zoom-in", () => view.zoomIn({ animate: false }));
on("click", "#zoom-out", () => view.zoomOut({ animate: false }));
on("click", "#zoom-reset", fit);

// Where the page scrolls below the picture, the wheel scrolls it.
function zoomByWheel(event) {
  if (!event.target.closest("#stage")) return;
  const scrolls = matchMedia("(max-width: 63.99rem)").matches && !document.fullscreenElement;
  if (!scrolls || event.ctrlKey) view.zoomWithWheel(event);
}

// --- Taps and swipes

function takeTap(event) {
  const isNear = Math.hypot(event.clientX - tap.x, event.clientY - tap.y) < 4 * SLIP;
  const isDouble = isNear && event.timeStamp - tap.time < PAUSE;
  tap = { time: isDouble ? 0 : event.timeStamp, x: event.clientX, y: event.clientY };
  if (!isDouble) return;
  if (view.getScale() > 1) fit();
  else view.zoomToPoint(DOUBLE_TAP, event);
}

function swipe(x, y) {
  if (view.getScale() > 1 || Math.abs(x) < SWIPE || Math.abs(x) < 2 * Math.abs(y)) return;
  byId(x < 0 ? "step-next" : "step-prev")?.click();
}

function pressDown(event) {
  const isOnPicture = event.target.closest("#canvas") && !event.target.closest(".is-drawing");
  const isMore = press && !event.isPrimary; // a pinch is no swipe
  press = isOnPicture && !isMore ? { x: event.clientX, y: event.clientY, hasMoved: false } : null;
}

function move(event) {
  if (press) press.hasMoved ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLIP;
}

function letGo(event) {
  if (!press || !event.isPrimary) return;
  if (!press.hasMoved) takeTap(event);
  else if (event.pointerType === "touch") swipe(event.clientX - press.x, event.clientY - press.y);
}

// What ends a pan is no click on the box below.
function dropClick(event) {
  if (!press?.hasMoved || !event.target.closest("#canvas")) return;
  event.preventDefault();
  event.stopPropagation();
}

// --- Boxes, full screen, and the pictures that come next

function showBoxes() {
  const isHidden = sessionStorage.getItem(HIDDEN) === "yes";
  frame.dataset.boxes = isHidden ? "hidden" : "shown";
  byId("show-boxes").setAttribute("aria-pressed", !isHidden);
}

on("click", "#show-boxes", () => {
  sessionStorage.setItem(HIDDEN, frame.dataset.boxes === "hidden" ? "no" : "yes");
  showBoxes();
});

on("click", "#full-screen", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else frame.requestFullscreen();
});

export function leaveFullScreen() {
  return document.fullscreenElement ? () => document.exitFullscreen() : null;
}

function preload() {
  const { sizes } = canvas.querySelector("img");
  for (const { dataset } of frame.querySelectorAll("[data-preload]")) {
    const image = new Image();
    image.sizes = sizes || "100vw";
    use(image, { src: dataset.preload, srcset: dataset.srcset });
    ahead.set(dataset.preload, image);
  }
}

// Shows the next picture before its page has come. If that does not come, this page is old.
function showAhead({ detail: { elt, xhr } }) {
  const next = ahead.get(elt.dataset.preload);
  if (!next?.naturalWidth) return;
  const image = canvas.querySelector("img");
  fit();
  frame.dataset.boxes = "hidden";
  image.sizes = next.sizes;
  use(image, next);
  const shape = canvas.querySelector(".shape");
  shape.setAttribute("width", 100 * next.naturalWidth);
  shape.setAttribute("height", 100 * next.naturalHeight);
  xhr.addEventListener("loadend", () => {
    if (xhr.status !== 200) location.reload();
  });
}

if (frame) {
  setUp();
  for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(name, setUp);
  document.addEventListener("htmx:beforeSend", showAhead);
  document.addEventListener("fullscreenchange", fit);
  document.addEventListener("wheel", zoomByWheel, { passive: false });
  document.addEventListener("pointerdown", pressDown);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", letGo);
  document.addEventListener("click", dropClick, true);
}
