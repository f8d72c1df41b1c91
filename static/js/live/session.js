// The running session's forms follow the session that the page shows.

export function followSession() {
  const running = document.querySelector("#session [data-session]")?.dataset.session;
  if (!running) return;
  for (const form of document.querySelectorAll("[data-session-act]")) {
    const action = `${location.pathname}sessions/${running}/${form.dataset.sessionAct}/`;
    if (form.getAttribute("action") !== action) form.setAttribute("action", action);
  }
}
