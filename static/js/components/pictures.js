// Pictures that have left the page are freed. Chromium keeps each that may choose among files, and the
// tile around it, for as long as the page is open.

function free({ removedNodes }) {
  for (const node of removedNodes) {
    if (node.isConnected || node.nodeType !== Node.ELEMENT_NODE) continue; // it was only moved
    for (const image of node.querySelectorAll("img[srcset]")) image.removeAttribute("srcset");
  }
}

const watcher = new MutationObserver((changes) => changes.forEach(free));
watcher.observe(document.body, { childList: true, subtree: true });
