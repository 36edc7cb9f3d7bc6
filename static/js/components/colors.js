// A tile has the mean color of its picture until that is loaded. The policy of the pages forbids style
// attributes in HTML, so that it is set here.

export function paint(element) {
  for (const tile of [element, ...element.querySelectorAll("[data-color]")]) {
    if (tile.dataset?.color) tile.style.backgroundColor = tile.dataset.color;
  }
}

paint(document.body);
document.addEventListener("htmx:load", ({ detail: { elt } }) => paint(elt));
