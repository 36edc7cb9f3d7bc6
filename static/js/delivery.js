// What cannot be sent now is kept in this page and sent later: once the connection is back, once the
// person has logged in again in another tab, or after a while.

import { csrfToken } from "./csrf.js";
import { byId, on } from "./dom.js";
import { gettext } from "./words.js";

const LONGEST = 30; // seconds between two tries
const LOOK_EVERY = 1000; // milliseconds, for a log-in in another tab
const KEPT = gettext("What you did here is kept, and sent then.");

const held = new Set(); // {error, token, go}: what waits for a chance
let sending = 0;
let unkept = 0; // of these, what would be lost with the page
let looking = 0;

export const isSending = () => sending > 0;

// What `ask` returns, once it arrives. An error that lasts is thrown. Leaving the page asks first while
// it waits, unless whoever calls sees to that.
export async function deliver(ask, { isKept = false } = {}) {
  sending += 1;
  unkept += isKept ? 0 : 1;
  try {
    return await askUntilItArrives(ask);
  } finally {
    sending -= 1;
    unkept -= isKept ? 0 : 1;
    settle();
  }
}

async function askUntilItArrives(ask) {
  for (let tries = 0; ; tries += 1) {
    const token = csrfToken();
    try {
      return await ask(tries);
    } catch (error) {
      if (!error.isPassing) throw error;
      await chance(error, token, Math.min(2 ** tries, LONGEST));
    }
  }
}

// Says what is wrong, and waits until it may be over. A log-in changes the token of this browser: it
// must be another one than when the request was sent.
export function chance(error, token, seconds = 1) {
  return new Promise((resolve) => {
    const wait = 1000 * Math.max(seconds, error.seconds);
    const timer = error.isLoggedOut ? 0 : setTimeout(() => one.go(), wait);
    const one = {
      error,
      token,
      go() {
        clearTimeout(timer);
        held.delete(one);
        resolve();
      },
    };
    held.add(one);
    looking ||= setInterval(look, LOOK_EVERY);
    say(`${error.message} ${sending ? KEPT : ""}`, error.isLoggedOut);
  });
}

function look() {
  for (const one of held) if (one.error.isLoggedOut && one.token !== csrfToken()) one.go();
  settle();
}

function tryNow() {
  for (const one of held) one.go();
}

function settle() {
  if (held.size) return;
  clearInterval(looking);
  looking = 0;
  byId("held").hidden = true;
}

// The words are read out when they change.
function say(words, isLoggedOut) {
  const place = byId("held-words");
  if (place.textContent !== words) place.textContent = words;
  byId("held-log-in").hidden = !isLoggedOut;
  byId("held-try").hidden = isLoggedOut;
  byId("held").hidden = false;
}

on("click", "#held-try", tryNow);
window.addEventListener("online", tryNow);
document.addEventListener("visibilitychange", () => document.hidden || tryNow()); // back from that tab
window.addEventListener("beforeunload", (event) => {
  if (unkept && held.size) event.preventDefault();
});
