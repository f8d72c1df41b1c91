// Short words at the foot of the page, with at most one thing to do about them.

const SHOWN_MS = 8000;

// `key`: a toast of the same key makes room for this one; `ms`: how long it is shown.
export function toast(words, { label = "", act = null, key = "", ms = SHOWN_MS, lasting = false } = {}) {
  const shelf = document.getElementById("toasts");
  if (key) shelf.querySelector(`[data-key="${CSS.escape(key)}"]`)?.remove();
  const node = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  node.querySelector("[data-words]").textContent = words;
  node.dataset.key = key;
  const button = node.querySelector("[data-do]");
  button.hidden = !label;
  button.textContent = label;
  button.addEventListener("click", (event) => {
    node.remove();
    act?.(event);
  });
  shelf.append(node);
  if (!lasting) setTimeout(() => node.remove(), ms);
}
