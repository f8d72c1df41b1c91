"""A board page as a tree, and the page's apply rules in Python: what a browser would show after an update."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Node:
    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list[Any] = field(default_factory=list)
    parent: "Node | None" = None

    @property
    def id(self) -> str:
        return self.attrs.get("id", "")

    def find(self, id: str) -> "Node | None":
        if self.id == id:
            return self
        return next((found for child in self.nodes() if (found := child.find(id))), None)

    def nodes(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    def add(self, child: "Node") -> None:
        child.parent = self
        self.children.append(child)

    def remove(self) -> None:
        assert self.parent is not None
        self.parent.children.remove(self)

    def view(self) -> Any:
        """Comparable, without white space; a clock shows when it was looked at."""
        if self.tag == "parley-clock":
            return self.tag, tuple(sorted(self.attrs.items())), ()
        inner = [
            child.view() if isinstance(child, Node) else " ".join(child.split()) for child in self.children
        ]
        return self.tag, tuple(sorted(self.attrs.items())), tuple(part for part in inner if part)

    def text(self) -> str:
        parts = [child.text() if isinstance(child, Node) else child for child in self.children]
        return " ".join(" ".join(parts).split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Node("root")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.here.add(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.add(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self.here
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.here = node.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    return builder.root


class Page:
    """The live parts of a board page."""

    LIVE = ("zones", "zone-tabs", "board-title", "board-archived", "session", "members")

    def __init__(self, html: str) -> None:
        self.tree = parse(html)

    def apply(self, updates: str) -> None:
        for update in parse(updates).nodes():
            assert update.tag == "live-update", update.tag
            target = self.tree.find(update.attrs["target"])
            fragment = next(iter(update.nodes()), None)
            getattr(self, f"_{update.attrs['verb']}")(target, fragment)

    def view(self) -> Any:
        parts = []
        for id in self.LIVE:
            node = self.tree.find(id)
            assert node is not None, f"the page has no #{id}"
            parts.append((id, _without_forms(node).view()))
        return parts

    def _remove(self, target: Node | None, fragment: Node | None) -> None:
        if target is not None:
            target.remove()

    def _morph(self, target: Node | None, fragment: Node | None) -> None:
        if target is not None and fragment is not None:
            assert target.parent is not None
            place = target.parent.children.index(target)
            fragment.parent = target.parent
            target.parent.children[place] = fragment

    _replace = _morph

    def _append(self, target: Node | None, fragment: Node | None) -> None:
        if target is None or fragment is None:
            return
        if (old := self.tree.find(fragment.id)) is not None:
            old.remove()
        target.add(fragment)
        self._sort(target)

    def _place(self, target: Node | None, fragment: Node | None) -> None:
        if target is None or fragment is None:
            return
        if (old := self.tree.find(fragment.id)) is not None:
            old.attrs = fragment.attrs
            old.remove()
            fragment = old
        target.add(fragment)
        self._sort(target)

    def _sort(self, target: Node) -> None:
        if "data-sorted" in target.attrs:
            nodes = target.nodes()
            nodes.sort(
                key=lambda node: (node.attrs.get("data-rank", ""), int(node.attrs.get("data-number", "0")))
            )
            target.children = list(nodes)


def _without_forms(node: Node) -> Node:
    """Forms belong to the viewer and counts to the script; neither is in a fragment."""
    kept = Node(node.tag, {name: value for name, value in node.attrs.items() if name != "hidden"})
    for child in node.children:
        if not isinstance(child, Node):
            kept.children.append(child)
        elif child.tag != "form" and "data-count-of" not in child.attrs:
            kept.add(_without_forms(child))
    return kept
