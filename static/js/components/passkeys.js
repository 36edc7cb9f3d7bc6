// allauth's scripts talk to passkeys; what goes wrong there, the page says.

import { byId } from "../dom.js";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault(); // it would go to the console
  byId("passkey-error").hidden = false;
});
