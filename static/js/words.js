// What the scripts say, in the person's language: the page brings the words in one template.

let known;

// `word("waiting", { n: 3 })` -> "3 waiting"
export function word(name, values = {}) {
  return fill(all().get(name) ?? "", values);
}

// `plural("changes", 3)` -> "3 changes"
export function plural(name, n) {
  const rule = new Intl.PluralRules(document.documentElement.lang || undefined).select(n);
  return word(all().has(`${name}-${rule}`) ? `${name}-${rule}` : `${name}-other`, { n });
}

function all() {
  known ??= read(document.getElementById("words"));
  return known;
}

function read(template) {
  const nodes = template?.content.querySelectorAll("[data-word]") ?? [];
  return new Map([...nodes].map((node) => [node.dataset.word, node.textContent]));
}

export function fill(text, values) {
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
