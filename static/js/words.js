// Texts in the language of the page. The English ones are in the scripts; for another language the
// page loads Django's catalog, which runs before the modules.

const { lang } = document.documentElement;
const catalog = globalThis.django ?? {
  gettext: (text) => text,
  ngettext: (one, many, count) => (count === 1 ? one : many),
};

// `%(name)s` in a text stands for the value of that name.
const filled = (text, values) => text.replaceAll(/%\((\w+)\)s/g, (_, name) => values[name]);

export const gettext = (text, values = {}) => filled(catalog.gettext(text), values);

export function ngettext(one, many, count, values = {}) {
  return filled(catalog.ngettext(one, many, count), { number: inDigits(count), ...values });
}

// With the thousands marked.
export const inDigits = (number) => number.toLocaleString(lang === "en" ? "en-US" : lang);
