import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collaboration.sse import Parser, encode, encode_json, parse_id
from tests.support.effort import cases

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.thorough
@settings(max_examples=cases(200, 500))
@given(DATA, st.integers(0, 10**15 - 1), st.lists(st.integers(0, 300), max_size=6))
def test_whatever_is_encoded_comes_out_whole_however_it_is_cut(
    data: object, seq: int, cuts: list[int]
) -> None:
    id = f"0a1b2c3d-{seq}"
    line = json.dumps(data, ensure_ascii=True)
    text = (encode("change", line, id) + encode_json("head", {"seq": seq})).decode()
    parser, events, start = Parser(), [], 0
    for end in [*sorted(min(cut, len(text)) for cut in cuts), len(text)]:
        events += parser.feed(text[start:end])
        start = end
    assert [(event.type, event.id) for event in events] == [("change", id), ("head", id)]
    assert json.loads(events[0].data) == data


@given(st.text())
def test_nothing_can_be_smuggled_into_a_frame(text: str) -> None:
    for line in (text, json.dumps(text, ensure_ascii=True)):
        try:
            frame = encode("change", line)
        except (ValueError, UnicodeEncodeError):
            continue
        events = list(Parser().feed(frame.decode()))
        assert len(events) == 1
        assert events[0].type == "change"


@pytest.mark.parametrize(
    ("event", "id"), [("a b", ""), ("x\ny", ""), ("change", "1"), ("change", "0a1b2c3d-1\ndata: x")]
)
def test_a_name_or_an_id_of_another_form_is_refused(event: str, id: str) -> None:
    with pytest.raises(ValueError, match="form"):
        encode(event, "{}", id)


@settings(max_examples=500)
@given(st.text() | st.from_regex(r"[0-9a-f]{7,9}-[0-9]{0,17}\n?", fullmatch=True))
def test_only_well_formed_ids_are_ids(text: str) -> None:
    found = parse_id(text)
    epoch, dash, seq = text.partition("-")
    fits = len(epoch) == 8 and set(epoch) <= set("0123456789abcdef") and dash == "-"
    fits = fits and 1 <= len(seq) <= 15 and set(seq) <= set("0123456789")
    assert found == ((epoch, int(seq)) if fits else None)
