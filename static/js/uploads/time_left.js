// How long the analysis of the uploads will take, by how fast it went within the last minute.

import { gettext, ngettext } from "../words.js";

const WINDOW = 60000; // milliseconds
const FEW = 3; // photos, from which on its speed is known

let seen = []; // {at, analyzed}, the oldest first

// In words, as a list of one or none.
export function timeLeft(analyzed, expected) {
  const now = Date.now();
  if (seen.length && analyzed < seen.at(-1).analyzed) seen = [];
  seen = [...seen.filter(({ at }) => now - at < WINDOW), { at: now, analyzed }];
  const done = analyzed - seen[0].analyzed;
  if (done < FEW || now === seen[0].at) return [];
  return [inWords(((expected - analyzed) * (now - seen[0].at)) / done / 60000)];
}

function inWords(minutes) {
  if (minutes < 1) return gettext("less than a minute left");
  const whole = Math.round(minutes);
  if (minutes < 90) return ngettext("about %(number)s minute left", "about %(number)s minutes left", whole);
  const hours = Math.round(minutes / 60);
  return ngettext("about %(number)s hour left", "about %(number)s hours left", hours);
}
