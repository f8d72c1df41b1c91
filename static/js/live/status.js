// The status pill: what is true now, and why.

const STOPPED = {
  killed: "Paused by the server: live updates are switched off",
  flag_off: "Plain page: live updates are not on for you",
  revoked: "You are no longer signed in here",
  replaced: "Open in a newer window",
  "paused by the server": "Paused by the server",
};

export function describe(state, reason, waiting) {
  const more = waiting ? `, ${waiting} waiting` : "";
  if (state === "open") return waiting ? ["catching-up", `Catching up${more}`] : ["live", "Live"];
  if (state === "connecting" || state === "idle") return ["catching-up", `Catching up${more}`];
  if (state === "stopped") return ["paused", (STOPPED[reason] ?? "Paused by the server") + more];
  if (state === "exhausted") return ["offline", `Offline${more}`];
  if (reason === "overload") return ["paused", `Paused by the server: overloaded${more}`];
  if (reason === "deploy") return ["catching-up", `Catching up${more}`];
  return ["offline", `Offline${more}`];
}

export function show(element, [state, text]) {
  if (element.dataset.state === state && element.textContent === text) return;
  element.dataset.state = state;
  element.textContent = text;
}
