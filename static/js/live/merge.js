// Three versions of a text made one: what only one side changed is taken, what both changed stands side by side.
// After diff3 by Khanna, Kunal and Pierce, "A Formal Investigation of Diff3" (2007), word by word.

const WORDS = /\s+|[^\s]+/g;
const MOST = 4_000; // characters of a card; the table stays below 4 million cells

// -> {text, clean}: `clean` is false where both changed the same words; then both stand there, theirs first.
export function merge(base, theirs, mine) {
  if (mine === base || theirs === mine) return { text: theirs, clean: true };
  if (theirs === base) return { text: mine, clean: true };
  if (Math.max(base.length, theirs.length, mine.length) > MOST) return { text: `${theirs}\n\n${mine}`, clean: false };
  const [words, left, right] = [base, theirs, mine].map((text) => text.match(WORDS) ?? []);
  const [inLeft, inRight] = [matches(words, left), matches(words, right)];
  return join(words, left, right, inLeft, inRight);
}

function join(words, left, right, inLeft, inRight) {
  const out = [];
  let clean = true;
  let [at, l, r] = [0, 0, 0];
  for (let stable = 0; stable <= words.length; stable += 1) {
    const end = stable === words.length;
    if (!end && (inLeft[stable] === undefined || inRight[stable] === undefined)) continue;
    const [toLeft, toRight] = end ? [left.length, right.length] : [inLeft[stable], inRight[stable]];
    const [was, ours, yours] = [words.slice(at, stable), left.slice(l, toLeft), right.slice(r, toRight)].map((part) => part.join(""));
    const both = ours !== was && yours !== was && ours !== yours;
    clean &&= !both;
    out.push(both ? `${ours}${ours && yours ? " " : ""}${yours}` : ours === was ? yours : ours);
    if (!end) out.push(words[stable]);
    [at, l, r] = [stable + 1, toLeft + 1, toRight + 1];
  }
  return { text: out.join(""), clean };
}

// For each word of `base` its place in `other` along a longest common subsequence.
function matches(base, other) {
  const length = Array.from({ length: base.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = base.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      length[i][j] = base[i] === other[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < base.length && j < other.length; ) {
    if (base[i] === other[j]) found[i++] = j++;
    else if (length[i + 1][j] >= length[i][j + 1]) i += 1;
    else j += 1;
  }
  return found;
}
