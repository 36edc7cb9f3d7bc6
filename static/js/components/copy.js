// A button with data-copy="id" copies the text of that field.

import { byId, on } from "../dom.js";

on("click", "[data-copy]", async (event, button) => {
  const input = byId(button.dataset.copy);
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl+C"; // browsers allow the clipboard over HTTPS only
  }
});
