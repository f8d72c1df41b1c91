// Short words at the foot of the page.

const SHOWN_MS = 8000;

export function toast(words, label, act) {
  const node = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  node.querySelector("[data-words]").textContent = words;
  const button = node.querySelector("[data-do]");
  if (label) {
    button.hidden = false;
    button.textContent = label;
    button.addEventListener("click", (event) => {
      node.remove();
      act(event);
    });
  }
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), SHOWN_MS);
}
