// Frees pictures that have left the page: Chromium keeps every image with a `srcset`, and the tile
// around it, until the page is closed.

function free({ removedNodes }) {
  for (const node of removedNodes) {
    if (node.isConnected || node.nodeType !== Node.ELEMENT_NODE) continue; // it was only moved
    for (const image of node.querySelectorAll("img[srcset]")) {
      image.src = image.currentSrc; // without `srcset`, its own `src` would be loaded
      image.removeAttribute("srcset");
    }
  }
}

const watcher = new MutationObserver((changes) => changes.forEach(free));
watcher.observe(document.body, { childList: true, subtree: true });
