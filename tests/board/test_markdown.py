import pytest

from board.markdown import to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<svg/onload=alert(1)>",
    '<a href="#" style="color:red" onclick="x()">y</a>',
    "![x](https://tracker.example/pixel.gif)",
    "<iframe src=//evil.example></iframe>",
    "<style>*{display:none}</style>",
    "`<b>`<i onmouseover=x>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_harmless(text: str) -> None:
    html = to_html(text).lower()
    assert "<script" not in html and "<img" not in html and "<iframe" not in html and "<svg" not in html
    assert 'href="javascript' not in html and 'href="data' not in html and "<style" not in html
    assert "<a onclick" not in html and "<i onmouseover" not in html


def test_ordinary_markdown_is_rendered() -> None:
    assert to_html("**yes** and `code`") == "<p><strong>yes</strong> and <code>code</code></p>"
