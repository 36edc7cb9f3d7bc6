// Why a request failed, in words, and whether sending it again can help.

const LOGGED_OUT = "You were logged out. Log in again in another tab, then try again.";
const NOT_ACCEPTED = "The site did not accept this. Log in again in another tab, then try again.";
const NO_ANSWER = "The connection was lost.";
const LASTING = {
  404: "This is gone: it was deleted, or is no longer shared with you.",
  413: "This is larger than the site takes. Make it smaller and try again.",
  414: "The filter is longer than the site takes.",
};
const PASSING = {
  408: "The site waited too long for this.",
  429: "Too many requests.",
  502: "The site does not answer.",
  503: "The site is busy.",
  504: "The site does not answer.",
  507: "The site's disk is full.",
};

// The status is 0 if there was no answer.
export function reasonFor(status, retryAfter) {
  if (status in LASTING) return { words: LASTING[status], isLasting: true };
  if (status === 0) return { words: NO_ANSWER, isLasting: false };
  if (status < 400) return { words: LOGGED_OUT, isLasting: false }; // the log-in page answered
  if (status === 401 || status === 403) return { words: NOT_ACCEPTED, isLasting: false };
  if (status in PASSING) return { words: `${PASSING[status]} Try again ${when(retryAfter)}.`, isLasting: false };
  if (status >= 500) return { words: `The site failed (${status}). Try again later.`, isLasting: false };
  return { words: `The site refused this (${status}).`, isLasting: true };
}

// Retry-After holds seconds or a date.
function when(retryAfter) {
  const seconds = Number(retryAfter ?? NaN) || Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000);
  if (!(seconds > 0)) return "later";
  return seconds < 100 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`;
}

// `fetch`, whose failures are errors that can be shown.
export async function answerTo(url, options) {
  const response = await fetch(url, options).catch(() => {
    throw new Error(NO_ANSWER);
  });
  if (response.redirected) throw new Error(LOGGED_OUT);
  if (response.ok) return response;
  throw new Error(reasonFor(response.status, response.headers.get("Retry-After")).words);
}
