// Times in words, and a clock that is right although the computer's own is not.

export class ServerClock {
  // `rendered`: the server's time when the page was made; `now`: the computer's clock, in ms.
  constructor(rendered, now = Date.now) {
    this.now = now;
    this.offset = Number.isFinite(rendered) ? rendered - now() : 0;
  }

  time() {
    return this.now() + this.offset;
  }
}

export function elapsed(accumulatedMs, runningSince, time) {
  const running = runningSince ? Math.max(0, time - runningSince) : 0;
  return accumulatedMs + running;
}

export function asClock(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return (hours ? [hours, ...parts] : parts).join(":");
}

export function ago(ms, format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" })) {
  const minutes = Math.round(ms / 60000);
  if (minutes < 1) return format.format(0, "second");
  if (minutes < 60) return format.format(-minutes, "minute");
  if (minutes < 60 * 24) return format.format(-Math.round(minutes / 60), "hour");
  return format.format(-Math.round(minutes / (60 * 24)), "day");
}
