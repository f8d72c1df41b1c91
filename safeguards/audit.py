"""Whether the audit trail is whole: each entry holds the hash of the one before it, and the head the last one."""

from dataclasses import dataclass

from safeguards.models import AuditEntry, AuditHead

TRIES = 5  # somebody may write while it is read


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken`: what is wrong with the first entry that is, in a sentence; empty when nothing is. `mark`: how far it
    reaches, to be kept elsewhere."""

    entries: int
    broken: str = ""
    mark: str = ""


def verify(since: str = "") -> Verdict:
    """Reads the whole trail. `since`: an earlier mark; what was cut off or made anew after it shows only there. Raises
    ValueError for what is no mark."""
    known = _known(since)
    before = _head()
    for _try in range(TRIES):
        verdict, last = _chain(known)
        after = _head()
        if verdict.broken or before == after:
            break
        before = after
    return verdict if verdict.broken else _ended(verdict, last, after)


def _head() -> tuple[int, str]:
    return AuditHead.objects.filter(pk=1).values_list("entries", "hash").first() or (0, "")


def _known(mark: str) -> tuple[int, str]:
    entries, _colon, digest = mark.partition(":")
    return (int(entries), digest) if mark else (0, "")


def _chain(known: tuple[int, str]) -> tuple[Verdict, str]:
    """What is wrong, if anything, and the hash of the last entry."""
    previous, before, count = "", 0, 0
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=1000):
        count += 1
        if entry.digest() != entry.hash:
            return Verdict(count, f"{_name(entry)} was changed: its text does not have its hash."), ""
        if entry.previous != previous:
            return Verdict(count, f"{_name(entry)} {_misplaced(entry, before)}"), ""
        if count == known[0] and entry.hash != known[1]:
            return Verdict(count, f"{_name(entry)} is not the one of that mark: the trail was made anew."), ""
        previous, before = entry.hash, entry.pk
    if count < known[0]:
        return Verdict(
            count, f"The end is missing: the mark knows of {known[0]} entries, {count} are there."
        ), ""
    return Verdict(count, mark=f"{count}:{previous}"), previous


def _misplaced(entry: AuditEntry, before: int) -> str:
    place = f"entry {before}" if before else "the beginning"
    if entry.previous and not AuditEntry.objects.filter(hash=entry.previous).exists():
        return f"does not follow {place}: the entry between them is missing."
    return f"does not follow {place}: the order was changed, or an entry was inserted or moved."


def _ended(verdict: Verdict, last: str, head: tuple[int, str]) -> Verdict:
    entries, end = head
    if (verdict.entries, last) == (entries, end):
        return verdict
    if verdict.entries < entries:
        missing = entries - verdict.entries
        return Verdict(
            verdict.entries, f"The end is missing: {missing} of {entries} entries after the last one."
        )
    return Verdict(
        verdict.entries, f"The last entry is not the one that was written last: {entries} were written."
    )


def _name(entry: AuditEntry) -> str:
    return f"Entry {entry.pk} ({entry.action} {entry.subject}, {entry.at:%Y-%m-%d %H:%M:%S} UTC)"
