// The token by which the site knows its own forms. Logging in or out in another tab changes it, and
// what stands in this page is then old: so it is read from the cookie at each send.

const FIELD = "csrfmiddlewaretoken";
const COOKIE = /(?:^|; )celebattr_csrf=([^;]*)/;

export function csrfToken() {
  return COOKIE.exec(document.cookie)?.[1] ?? "";
}

function renew(form) {
  const token = csrfToken();
  for (const field of form.elements) if (token && field.name === FIELD) field.value = token;
}

// While the event is on its way down: htmx hears it at the form, and reads the fields then.
document.addEventListener("submit", (event) => renew(event.target), true);

document.addEventListener("htmx:configRequest", ({ detail: { parameters } }) => {
  const token = csrfToken();
  if (token && parameters[FIELD]) parameters[FIELD] = token;
});
