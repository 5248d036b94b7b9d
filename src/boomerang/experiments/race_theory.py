"""Closed forms for races to commit: how often agents cannot see each other, and what that costs.

n agents start at times that are independent and uniform on [0, W] seconds, at a phase of the blocks
that is uniform too. What one sends at t reaches the builder at t + L, is in the next block (blocks
come every B seconds), and is seen L after that: 2L + V after t, with V uniform on [0, B]. Whoever
starts less than that after the first one has not seen it.

The game is chicken (`boomerang.games.catalogue`), with s for each where both swerve; three or more
agents meet in pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.integrate import quad

DARE_DARE = -100
WIN, LOSE = 10, -20


def blindness(latency: float, block_time: float, window: float, players: int = 2) -> float:
    """The probability that somebody starts without having seen the first one.

    1 - E[(1 - D/W)+ ^ n] with D = 2L + V: among n uniform times, the first gap exceeds D with
    probability (1 - D/W)^n.
    """
    n, low, high = players, 2 * latency / window, (2 * latency + block_time) / window

    def tail(x: float) -> float:
        return float(max(0.0, 1 - x)) ** (n + 1)

    return 1 - (tail(low) - tail(high)) / ((n + 1) * (high - low))


def blind_dare(both_swerve: float) -> float:
    """How often two agents dare who cannot see each other: p = (10 - s) / (90 - s), at which daring
    and swerving pay the same.
    """
    return (WIN - both_swerve) / (90 - both_swerve)


def dares_unseen(blind: float, both_swerve: float) -> float:
    """How often, in an irrevocable race of two, an agent dares that has seen nothing.

    Who sees nothing is blind with probability q = 2b / (1 + b), else first. If the other dares with
    probability p, daring pays q(-100p + 10(1 - p)) + 10(1 - q), and swerving
    q(-20p + s(1 - p)) - 20(1 - q). Daring is best whatever the other does while q < 3/11, that is
    b < 3/19; beyond, both pay the same at p = (30/q - 20 - s) / (90 - s).
    """
    if blind <= 3 / 19:
        return 1.0
    q = 2 * blind / (1 + blind)
    return (30 / q - 20 - both_swerve) / (90 - both_swerve)


@dataclass(frozen=True, slots=True)
class Expected:
    """The probability of a crash, and the expected sum of payoffs in utils."""

    crash: float
    welfare: float


def blind_play(p: float, both_swerve: float) -> Expected:
    """Two agents that dare with probability p, independently."""
    return Expected(p * p, _pair(p, both_swerve))


def irrevocable(blind: float, p: float, both_swerve: float) -> Expected:
    """An irrevocable race of two. With p = 1: crash b, welfare -10 - 190b."""
    crash = blind * p * p
    return Expected(crash, (1 - blind) * (WIN + LOSE) + blind * _pair(p, both_swerve))


def daring_race(latency: float, block_time: float, window: float, players: int) -> Expected:
    """An irrevocable race of n in which everybody dares that has seen nobody dare.

    K agents dare: the first, and the X of m = n - 1 that start within D of it. Given the first
    start, X is binomial. Pairs that dare cost 200, pairs of which one dares 10.
    """
    m = players - 1

    def given(delay: float, first: float) -> float:
        left = window - first
        q = min(1.0, delay / left) if left > 0 else 1.0
        mean, square = m * q, m * q * (1 - q) + (m * q) ** 2
        both = mean + (square - mean) / 2  # E[K choose 2]
        one = m + (m - 1) * mean - square  # E[K (n - K)]
        density = players / window * (left / window) ** m
        return (2 * DARE_DARE * both + (WIN + LOSE) * one) * density

    def over_first(delay: float) -> float:
        corner = window - delay  # from here on everybody else is within the delay
        points = [corner] if 0 < corner < window else None
        return float(quad(lambda t: given(delay, t), 0, window, points=points)[0])

    low, high = 2 * latency, 2 * latency + block_time
    welfare = quad(over_first, low, high)[0] / block_time
    return Expected(blindness(latency, block_time, window, players), float(welfare))


def no_crash(players: int) -> Expected:
    """One dares, all others swerve, in every pair: with s = 0 those who swerve lose nothing to each
    other.
    """
    return Expected(0.0, float((WIN + LOSE) * (players - 1)))


def _pair(p: float, both_swerve: float) -> float:
    """Welfare where two dare with probability p each, independently."""
    one = 2 * p * (1 - p) * (WIN + LOSE)
    return p * p * 2 * DARE_DARE + one + (1 - p) ** 2 * 2 * both_swerve
