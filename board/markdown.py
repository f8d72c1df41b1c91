"""Markdown to safe HTML, once, when something is written."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MENTION = re.compile(r"(?<![\w.@/])@([\w.+-]{1,150})")

_parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable("strikethrough")
TAGS = {
    "p",
    "br",
    "em",
    "strong",
    "s",
    "code",
    "pre",
    "a",
    "ul",
    "ol",
    "li",
    "blockquote",
    "hr",
    "h1",
    "h2",
    "h3",
}
TAGS |= {"h4", "h5", "h6"}
TAGS |= {"span"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
CLASSES = {"span": {"mention"}}


def _mark_mentions(state: StateCore) -> None:
    for block in state.tokens:
        inside, made = 0, list[Token]()
        for token in block.children or []:
            inside += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            made += [token] if inside else _split(token)
        block.children = made if block.children else block.children


def _split(token: Token) -> list[Token]:
    if token.type != "text" or not MENTION.search(token.content):
        return [token]
    parts, last = [], 0
    for found in MENTION.finditer(token.content):
        parts += [_text(token.content[last : found.start()]), Token("mention", "span", 0, content=found[0])]
        last = found.end()
    return [*parts, _text(token.content[last:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _render_mention(self: object, tokens: list[Token], index: int, *_rest: object) -> str:
    return f'<span class="mention">{escapeHtml(tokens[index].content)}</span>'


_parser.core.ruler.push("mentions", _mark_mentions)
_parser.add_render_rule("mention", _render_mention)


def to_html(text: str) -> str:
    """HTML that may be shown to anybody: no script, no style, links only to web and mail addresses."""
    return nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    ).strip()
