// Helpers that every module may use.

export const byId = (id) => document.getElementById(id);

// What this browser keeps for the person; nothing where it may keep nothing.
export const remembered = (() => {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
})();

// Runs later what the page can be seen without, so that it does not delay the first picture.
export function afterPaint(act) {
  requestAnimationFrame(() => setTimeout(act));
}

// Listens at the document, so elements that htmx swaps in later are heard too.
export function on(type, selector, handle) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handle(event, element);
  });
}
