// The review: answers go out in the background while the next face is already there.

const AHEAD = 12; // when so few faces wait, the next page of them is fetched

const page = document.getElementById("review");
const queue = document.getElementById("queue");
const form = document.getElementById("review-now");
const end = document.getElementById("review-end");
const token = form?.elements.csrfmiddlewaretoken.value;
const counts = { answered: document.getElementById("answered"), left: document.getElementById("left") };
const given = []; // what was answered, the latest last
let current = null;
let fetching = null;
let isWaiting = false;

const items = () => [...queue.querySelectorAll("[data-face]")];
const isOpen = (item) => !item.dataset.state;
const isAnswered = (item) => item.dataset.state === "yes" || item.dataset.state === "no";

function show(item) {
  current?.removeAttribute("aria-current");
  current = item;
  const wasAtEnd = end.contains(document.activeElement);
  form.hidden = !item;
  end.hidden = Boolean(item);
  if (!item) return end.focus();
  if (wasAtEnd) form.focus();
  item.setAttribute("aria-current", "true");
  queue.scrollLeft += middle(item) - middle(queue); // scrollIntoView would move the page too
  const { href, name, model, guess } = item.dataset;
  const face = document.getElementById("review-face");
  face.src = item.querySelector("img").src;
  face.alt = `The face in question, from ${name}`;
  Object.assign(document.getElementById("review-name"), { href, textContent: name });
  document.getElementById("review-model").textContent = model;
  const button = document.getElementById("review-guess");
  button.value = guess;
  button.querySelector("span").textContent = guess;
  for (const answer of form.querySelectorAll(".review-yes, .review-no")) {
    answer.setAttribute("aria-pressed", answer.value === item.dataset.state);
  }
  // Not `disabled`, which would take the focus from under a finger that goes back to the first.
  document.getElementById("review-back").setAttribute("aria-disabled", !before(item));
  document.getElementById("review-undo").setAttribute("aria-disabled", given.length === 0);
  preload(item);
}

function middle(element) {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}

const before = (item) => (item ? items()[items().indexOf(item) - 1] : items().at(-1));

function preload(item) {
  const all = items();
  for (const next of all.slice(all.indexOf(item), all.indexOf(item) + 4)) {
    next.querySelector("img").loading = "eager";
  }
}

// The next open face: behind this one, then from the front, then among the skipped ones.
async function advance() {
  const all = items();
  const place = all.indexOf(current);
  const open = all.slice(place + 1).find(isOpen);
  if (all.slice(place + 1).filter(isOpen).length < AHEAD) {
    const coming = fetchMore();
    if (!open) {
      isWaiting = true; // what is typed now is about no face that anybody has seen
      await coming;
      isWaiting = false;
    }
  }
  const next = open ?? items().find(isOpen);
  if (next) return show(next);
  if (queue.querySelector("[data-after]")) return; // the page did not come: the next key asks again
  const skipped = items().filter((item) => item.dataset.state === "skipped");
  for (const item of skipped) {
    delete item.dataset.state;
    queue.append(item);
  }
  if (skipped.length) say("Only skipped faces are left.");
  show(skipped[0] ?? null);
}

function fetchMore() {
  const mark = queue.querySelector("[data-after]");
  if (!mark) return fetching;
  mark.remove();
  const url = `${location.pathname}?after=${encodeURIComponent(mark.dataset.after)}`;
  fetching = fetch(url, { headers: { "HX-Request": "true" } })
    .then((response) => (response.ok && !response.redirected ? response.text() : Promise.reject()))
    .then((text) => queue.insertAdjacentHTML("beforeend", text))
    .catch(() => {
      queue.append(mark);
      fail();
    });
  return fetching;
}

// What is said of one face goes out in the order in which it was said. What does not arrive is taken
// back here too: the face stands as the server has it.
function send(item, state, ask, lost) {
  item.sent = (item.sent ?? Promise.resolve()).then(ask).then(() => {
    item.kept = state;
    document.getElementById("trouble").hidden = true;
  });
  item.sent.catch(() => {
    item.sent = null;
    mark(item, item.kept ?? "");
    fail();
    lost();
  });
}

async function post(url, data) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...data });
  const headers = { Accept: "application/json" };
  const response = await fetch(url, { method: "POST", body, headers, keepalive: true });
  if (!response.ok || response.redirected) throw new Error(response.status);
  return response.status === 204 ? null : response.json();
}

function mark(item, state) {
  const change = Number(state === "yes" || state === "no") - Number(isAnswered(item));
  if (state) item.dataset.state = state;
  else delete item.dataset.state;
  item.querySelector("img").alt = state ? `${item.dataset.name}: ${state}` : item.dataset.name;
  for (const [name, sign] of [["answered", 1], ["left", -1]]) {
    const count = Number(counts[name].textContent.replaceAll(",", "")) + sign * change;
    counts[name].textContent = count.toLocaleString("en-US");
  }
}

function answer(state) {
  const item = current;
  if (!item || isWaiting) return;
  if (item.dataset.state !== state) {
    const one = { item, before: isAnswered(item) ? item.dataset.state : "" };
    given.push(one);
    mark(item, state);
    const ask = async () => {
      one.batch = (await post(location.pathname, { face: item.dataset.face, answer: state })).batch;
    };
    send(item, state, ask, () => {
      if (given.includes(one)) given.splice(given.indexOf(one), 1);
    });
  }
  advance();
}

function undo() {
  const last = given.pop();
  if (!last) return;
  mark(last.item, last.before);
  const ask = () => last.batch && post(page.dataset.undo, { batch: last.batch });
  send(last.item, last.before, ask, () => {
    if (last.batch) given.push(last);
  });
  say("Taken back.");
  show(last.item);
}

function back() {
  show(before(current) ?? current);
}

function skip() {
  if (!current || isWaiting) return;
  if (isOpen(current)) current.dataset.state = "skipped";
  advance();
}

function say(words) {
  document.getElementById("review-say").textContent = words;
}

function fail() {
  document.getElementById("trouble").hidden = false;
}

if (queue) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(event.submitter.value);
  });
  document.getElementById("review-skip").addEventListener("click", skip);
  for (const button of page.querySelectorAll("#review-undo, #end-undo")) button.addEventListener("click", undo);
  for (const button of page.querySelectorAll("#review-back, #end-back")) button.addEventListener("click", back);
  queue.addEventListener("click", (event) => {
    const item = event.target.closest("[data-face]");
    if (item) show(item);
  });
  show(items()[0]);
}
