// Menus that open below their button, and the choice between light and dark.

import { on } from "../dom.js";

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("pointerdown", ({ target }) => {
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
});

document.addEventListener("focusin", ({ target }) => {
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
});

// What opens a dialog is done with its menu.
on("click", ".menu [popovertarget], .menu label", (event, item) => {
  item.closest("details").open = false;
});

// Escape closes the menu before it means anything else.
export function closeMenu() {
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return null;
  return () => {
    menu.open = false;
    menu.querySelector("summary").focus();
  };
}

on("click", ".appearance button", (event, button) => {
  document.documentElement.dataset.theme = button.value;
  for (const other of button.form.querySelectorAll("button")) {
    other.ariaPressed = String(other === button);
  }
});
