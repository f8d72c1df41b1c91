// Where a pointer is on a card, and what that means for a drag. Pure.

export const EDGE = 56; // pixels from the edge of the window within which it scrolls
const FASTEST = 14; // pixels per frame at the very edge

// Before or after the card under the pointer; in several columns left and right decide.
export function isBefore({ x, y }, { left, top, width, height }, columns) {
  return columns ? x < left + width / 2 : y < top + height / 2;
}

// The middle third in both directions: far from where a card would go beside it.
export function inTheMiddle({ x, y }, { left, top, width, height }) {
  return Math.abs(x - left - width / 2) < width / 6 && Math.abs(y - top - height / 2) < height / 6;
}

// How far the page scrolls in one frame.
export function scrollStep(y, height) {
  const into = y < EDGE ? y - EDGE : Math.max(0, y - (height - EDGE));
  return Math.round(Math.max(-1, Math.min(1, into / EDGE)) * FASTEST);
}
