// What this person may do here has changed: what is not allowed any more is hidden at once, what is new comes with a reload.

import { word } from "../words.js";
import { toast } from "./toasts.js";

export function followRole({ kind, data }, main) {
  if (kind !== "member.role_changed" || data.username !== main.dataset.meUsername) return;
  main.dataset.role = data.role.after;
  const member = document.querySelector(`#members [data-username="${CSS.escape(data.username)}"]`);
  toast(word("role", { role: member?.dataset.roleLabel }), { label: word("reload"), act: () => location.reload() });
}
