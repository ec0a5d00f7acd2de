"""Times and what is said about many of them."""

import statistics
import time


def elapsed_ms(action):
    """How long a call takes, in milliseconds."""
    begun = time.monotonic()
    action()
    return (time.monotonic() - begun) * 1000


def alternate(rounds, first, second, label):
    """Times two actions in turns, so that a change of the host's load meets both alike.

    Each action is a function that returns its own milliseconds. Which of the two begins
    changes with every round.
    """
    times = ([], [])
    for number in range(rounds):
        order = ((0, first), (1, second))
        for which, action in order if number % 2 == 0 else reversed(order):
            times[which].append(action())
        label(f"round {number + 1} of {rounds}: {times[0][-1]:.0f} ms, bare {times[1][-1]:.0f} ms")
    return times


def median(values):
    """The middle value."""
    return statistics.median(values)


def p95(values):
    """The value that one in twenty exceeds (nearest rank)."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1]
