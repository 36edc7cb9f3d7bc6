// Why a request failed, in words, and whether sending it again can help.

import { gettext, ngettext } from "./words.js";

const LOGGED_OUT = gettext("You are logged out. Log in again in another tab, and this page goes on.");
const NOT_ACCEPTED = gettext("The site did not accept this. Log in again in another tab, then try again.");
const NO_ANSWER = gettext("The connection was lost.");
const LASTING = {
  404: gettext("This is gone: it was deleted, or is no longer shared with you."),
  413: gettext("This is larger than the site takes. Make it smaller and try again."),
  414: gettext("The filter is longer than the site takes."),
};
const PASSING = {
  408: gettext("The site waited too long for this."),
  429: gettext("Too many requests."),
  502: gettext("The site does not answer."),
  503: gettext("The site is busy."),
  504: gettext("The site does not answer."),
};
const FULL = gettext("The site's disk is full.");

// An error that can be shown. What `isPassing` is worth sending again without being asked to.
export class RequestError extends Error {
  constructor(message, { status, seconds, isLasting = false }) {
    super(message);
    this.seconds = seconds; // that the site wants us to wait
    this.isLasting = isLasting;
    this.isLoggedOut = status > 0 && status < 400; // the log-in page answered
    this.isPassing = status === 0 || this.isLoggedOut || status in PASSING;
  }
}

// The status is 0 if there was no answer.
export function errorFor(status, retryAfter) {
  const seconds = secondsIn(retryAfter);
  const isLasting = status in LASTING || (status >= 400 && status < 500 && !isHope(status));
  return new RequestError(wordsFor(status, seconds), { status, seconds, isLasting });
}

const isHope = (status) => status === 401 || status === 403 || status in PASSING;

function wordsFor(status, seconds) {
  if (status in LASTING) return LASTING[status];
  if (status === 0) return NO_ANSWER;
  if (status < 400) return LOGGED_OUT;
  if (status === 401 || status === 403) return NOT_ACCEPTED;
  if (status in PASSING) return `${PASSING[status]} ${again(seconds)}`;
  if (status === 507) return `${FULL} ${again(seconds)}`;
  if (status >= 500) return gettext("The site failed (%(status)s). Try again later.", { status });
  return gettext("The site refused this (%(status)s).", { status });
}

// Retry-After holds seconds or a date.
function secondsIn(retryAfter) {
  return Number(retryAfter ?? NaN) || Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000) || 0;
}

function again(seconds) {
  if (!(seconds > 0)) return gettext("Try again later.");
  if (seconds < 100) {
    return ngettext("Try again in %(number)s second.", "Try again in %(number)s seconds.", seconds);
  }
  const minutes = Math.ceil(seconds / 60);
  return ngettext("Try again in %(number)s minute.", "Try again in %(number)s minutes.", minutes);
}

// Whether the request ended at another page than it asked for: mostly at the log-in page.
export function isElsewhere(address, asked) {
  return Boolean(address) && new URL(address).pathname !== new URL(asked, location.href).pathname;
}

// `fetch`, whose failures are errors that can be shown.
export async function answerTo(url, options) {
  const response = await fetch(url, options).catch(() => {
    throw errorFor(0);
  });
  if (response.redirected) throw errorFor(302);
  if (response.ok) return response;
  throw errorFor(response.status, response.headers.get("Retry-After"));
}
