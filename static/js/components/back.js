// Whoever comes back from a photo finds the grid at its tile, and the focus on it.

import { byId, on } from "../dom.js";

function takePlace() {
  const tile = byId(location.hash.slice(1));
  if (!tile?.matches(".tile")) return;
  tile.scrollIntoView({ block: "center" });
  tile.querySelector("a").focus({ preventScroll: true });
}

// The address that the browser's own Back leads to: the same grid around this tile.
function keepPlace(tile) {
  if (!document.querySelector("#grid > [data-page]")) return;
  const url = new URL(location.href);
  for (const name of ["after", "before", "size"]) url.searchParams.delete(name);
  url.searchParams.set("at", tile.id.replace(/^\w+-/, ""));
  url.hash = tile.id;
  history.replaceState(history.state, "", url);
  history.scrollRestoration = "manual";
}

on("click", "#grid .tile > a", (event, link) => {
  if (!event.ctrlKey && !event.metaKey && !event.shiftKey) keepPlace(link.closest(".tile"));
});
takePlace();
// By then browsers have gone to the address's fragment, which takes the focus away.
addEventListener("load", () => document.activeElement === document.body && takePlace());
