// Frees pictures that have left the page: Chromium keeps every image with a `srcset`, and the tile
// around it, until the page is closed.

function free({ removedNodes }) {
  for (const node of removedNodes) {
    if (node.isConnected || node.nodeType !== Node.ELEMENT_NODE) continue; // it was only moved
    for (const image of node.querySelectorAll("img[srcset]")) {
      image.removeAttribute("src"); // or it would be loaded now
      image.removeAttribute("srcset");
    }
  }
}

const watcher = new MutationObserver((changes) => changes.forEach(free));
watcher.observe(document.body, { childList: true, subtree: true });
