"""Columns as the shortest SVG paths that draw them. Pure."""

from board.ops.series import COLUMNS, Seen

STEP, HEIGHT = 2, 120  # of the drawing, for each column and in all
WIDTH = STEP * COLUMNS
GAP = 4  # columns; nothing known for longer: the line breaks
Point = tuple[int, int]


def line(seen: list[Seen], top: float) -> str:
    """Through the middles."""
    return "".join(_path(_points(piece, [each.mid for each in piece], top)) for piece in _pieces(seen))


def around(seen: list[Seen], top: float) -> str:
    """Everything between the least and the most of each column; empty where these are the same."""
    return "".join(
        _around(piece, top) for piece in _pieces(seen) if any(each.high > each.low for each in piece)
    )


def y(value: float, top: float) -> int:
    return HEIGHT - int(max(0.0, min(1.0, value / top)) * HEIGHT + 0.5)


def _pieces(seen: list[Seen]) -> list[list[Seen]]:
    pieces: list[list[Seen]] = []
    before = -2 * GAP
    for each in seen:
        if each.column - before > GAP:
            pieces.append([])
        pieces[-1].append(each)
        before = each.column
    return pieces


def _around(piece: list[Seen], top: float) -> str:
    upper = _points(piece, [each.high for each in piece], top)
    lower = _points(piece, [each.low for each in piece], top)
    return _path(upper + lower[::-1]) + "z"


def _points(piece: list[Seen], values: list[float], top: float) -> list[Point]:
    return [
        (STEP * each.column + STEP // 2, y(value, top)) for each, value in zip(piece, values, strict=True)
    ]


def _path(points: list[Point]) -> str:
    """Relative steps; what lies level is one of them. A point alone is a dash, or it would not be seen."""
    (x, height), *others = points
    made, level = [f"M{x} {height}"], 0
    for after_x, after_height in others or [(x + 1, height)]:
        if after_height == height and after_x > x:
            level += after_x - x
        else:
            made.append(f"h{level}l" if level else "l")
            made.append(f"{after_x - x}{after_height - height:+d}")
            level = 0
        x, height = after_x, after_height
    return "".join([*made, f"h{level}"] if level else made)
