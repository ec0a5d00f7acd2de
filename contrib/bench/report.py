"""Results as they are printed: each with its limit and whether it keeps it."""

import sys

from limits import LIMITS


def tell(text):
    """Progress; standard output is for the document alone."""
    print(text, file=sys.stderr, flush=True)


def ratio(name, what, ours_ms, bare_ms, **details):
    """A result that compares banger with the bare tool; both in milliseconds."""
    quotient = ours_ms / bare_ms
    times = {"banger_ms": round(ours_ms, 2), "bare_ms": round(bare_ms, 2)}
    return _result(name, what, {"ratio": round(quotient, 3)} | times | details, quotient)


def absolute(name, what, value, **details):
    """A result with a unit of its own, which its name tells."""
    return _result(name, what, {"value": round(value, 2)} | details, value)


def _result(name, what, figures, judged):
    limit, aim = LIMITS[name]
    result = {"name": name, "what": what} | figures | {"limit": limit}
    if aim is not None:
        result["aim"] = aim
        result["aim_reached"] = judged <= aim
    result["pass"] = limit is None or judged <= limit
    return result


def rounded(values):
    """Single times, for those who want to see their spread."""
    return [round(value, 1) for value in values]
