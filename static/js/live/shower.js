// "12 changes · Show": what came without its html, loaded by one request when somebody asks.

import { gesture } from "./wire.js";

export class Shower {
  // `say(n)`: the button's words; `onEnd()` after each attempt, `onFail()` when it brought nothing.
  constructor({ button, board, say, onEnd, onFail }) {
    Object.assign(this, { button, board, say, onEnd, onFail });
    button.addEventListener("click", (event) => event.isTrusted && this.#show(event));
  }

  // After each change. The words of a button are not spoken as they change: the announcer tells the changes.
  tell() {
    const { unshown } = this.board;
    if (!unshown && this.button.contains(document.activeElement)) document.getElementById("content").focus({ preventScroll: true });
    this.button.hidden = !unshown;
    this.button.textContent = this.say(unshown);
  }

  async #show(event) {
    if (this.board.asked) return;
    const cause = gesture(event);
    this.button.setAttribute("aria-busy", "true");
    const shown = await this.board.show(cause);
    this.button.removeAttribute("aria-busy");
    if (!shown) this.onFail();
    this.onEnd();
  }
}
