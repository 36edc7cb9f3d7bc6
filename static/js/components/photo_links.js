// htmx cannot stop the browser from following a link inside an SVG, so a face's box on the photo
// presses the face's tab instead.

import { byId, on } from "../dom.js";

on("click", "[data-clicks]", (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // opens a tab or window
  event.preventDefault();
  byId(link.dataset.clicks).click();
});
