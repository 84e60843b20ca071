"""At which steps a trace keeps a snapshot."""

SPACINGS = ("mixed", "log", "linear", "last")


def snapshot_steps(steps: int, count: int, spacing: str) -> list[int]:
    """The steps of a run of `steps` steps at which a snapshot is taken: at most `count`, strictly increasing.

    `linear`: equal distances; `log`: 0, then equal ratios from 1; `mixed`: one half log-spaced, up to where
    the other, linear half begins. All of these begin with 0 and end with `steps`; `last` is `steps` alone.
    Steps that coincide after rounding are taken once, so short runs have fewer than `count`.
    Raises ValueError for an unknown spacing, steps < 1 or count < 2 (except for `last`).
    """
    if spacing not in SPACINGS:
        raise ValueError(f"unknown spacing {spacing!r}; known are {', '.join(SPACINGS)}")
    if steps < 1 or (count < 2 and spacing != "last"):
        raise ValueError(f"steps={steps} must be at least 1 and count={count} at least 2")
    if spacing == "last":
        return [steps]
    if spacing == "linear":
        chosen = _linear(0, steps, count)
    elif spacing == "log":
        chosen = [0, *_log(steps, count - 1)]
    else:
        late = count // 2
        first = max(1, round(steps / late))
        chosen = [0, *_log(first, count - late), *_linear(first, steps, late)]
    return sorted({0, steps, *chosen})


def _linear(first: int, last: int, count: int) -> list[int]:
    return [first + round(k * (last - first) / max(1, count - 1)) for k in range(count)]


def _log(last: int, count: int) -> list[int]:
    return [last] if count == 1 else [round(last ** (k / (count - 1))) for k in range(count)]
