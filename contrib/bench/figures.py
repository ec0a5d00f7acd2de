"""Times and what is said about many of them."""

import statistics
import time


def elapsed_ms(action):
    """How long a call takes, in milliseconds."""
    begun = time.monotonic()
    action()
    return (time.monotonic() - begun) * 1000


def alternate(rounds, ours, other, label, second="bare"):
    """Times two actions in turns, so that a change of the host's load meets both alike.

    Each action is a function that returns its own milliseconds. Which of the two begins
    changes with every round. The other goes by the name `second`.
    """
    times = ([], [])
    for number in range(rounds):
        order = ((0, ours), (1, other))
        for which, action in order if number % 2 == 0 else reversed(order):
            times[which].append(action())
        both = f"{times[0][-1]:.0f} ms, {second} {times[1][-1]:.0f} ms"
        label(f"round {number + 1} of {rounds}: {both}")
    return times


def median(values):
    """The middle value."""
    return statistics.median(values)


def p95(values):
    """The value that one in twenty exceeds (nearest rank)."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1]
