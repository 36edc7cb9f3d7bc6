// A button with data-copy="id" copies the text of that field.

import { byId, on } from "../dom.js";
import { gettext } from "../words.js";

on("click", "[data-copy]", async (event, button) => {
  const input = byId(button.dataset.copy);
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    button.textContent = gettext("Copied");
  } catch {
    button.textContent = gettext("Press Ctrl+C"); // browsers allow the clipboard over HTTPS only
  }
});
