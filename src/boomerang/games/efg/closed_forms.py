"""What theory says of chicken and its relatives, exactly; each stands beside what was computed.

`Stakes` reads them from any symmetric game of two with two actions, in which the first is better
against the second, and both doing the first is worst.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from boomerang.games.efg.errors import BadProtocol, NotSupported

if TYPE_CHECKING:
    from boomerang.games.game import Game


@dataclass(frozen=True, slots=True)
class Stakes:
    """Payoffs of chicken in utils: both dare, dare alone, swerve alone, both swerve.

    Section 10 of the protocol: -100, 10, -20; both swerving is 0 in the catalogue.
    """

    crash: Fraction
    win: Fraction
    lose: Fraction
    mild: Fraction

    @classmethod
    def of(cls, game: Game) -> Stakes:
        """Those of a game. NotSupported where it is no chicken of two."""
        if len(game.players) != 2 or any(len(own) != 2 for own in game.actions):
            raise NotSupported(f"{game.name} is not for two players with two actions each")
        (dare, swerve), (theirs, meek) = game.actions
        crash, other = map(Fraction, game.payoffs((dare, theirs)))
        win, lose = map(Fraction, game.payoffs((dare, meek)))
        mild, same = map(Fraction, game.payoffs((swerve, meek)))
        mirrored = tuple(map(Fraction, game.payoffs((swerve, theirs)))) == (lose, win)
        if not (mirrored and crash == other and mild == same and win > mild and lose > crash):
            raise NotSupported(f"{game.name} is no symmetric game of chicken")
        return cls(crash, win, lose, mild)

    # ------------------------------------------------------------------------- without Boomerang

    @property
    def blind_dare(self) -> Fraction:
        """The probability of daring in the symmetric equilibrium of blind play: it makes daring,
        p crash + (1-p) win, worth as much as swerving, p lose + (1-p) mild.
        """
        return (self.win - self.mild) / (self.win - self.mild + self.lose - self.crash)

    @property
    def blind_crash(self) -> Fraction:
        """How often both dare then."""
        return self.blind_dare**2

    @property
    def blind_welfare(self) -> Fraction:
        """The sum of both expected payoffs then."""
        p = self.blind_dare
        return 2 * (p * self.lose + (1 - p) * self.mild)

    @property
    def race_blindness(self) -> Fraction:
        """The largest blindness b of an irrevocable race at which daring when nothing is seen is an
        equilibrium: (1-b)/2 (win - lose) >= b (lose - crash), since whoever holds back is beaten.
        """
        gain = (self.win - self.lose) / 2
        return gain / (gain + self.lose - self.crash)

    def race_crash(self, blindness: Fraction) -> Fraction:
        """How often both dare in that equilibrium."""
        return _probability(blindness)

    def race_welfare(self, blindness: Fraction) -> Fraction:
        """The sum of both expected payoffs in that equilibrium."""
        b = _probability(blindness)
        return (1 - b) * (self.win + self.lose) + 2 * b * self.crash

    # ---------------------------------------------------------------------------- with Boomerang

    @property
    def boomerang(self) -> tuple[Fraction, Fraction]:
        """Payoffs of the first and the second: the first keeps, the second reverts if it does."""
        return self.win, self.lose

    @property
    def bond(self) -> Fraction:
        """The bond of the first from which it opens although the second, who opened before it,
        keeps: silence costs lose - bond, the crash is crash.
        """
        return self.lose - self.crash

    @property
    def bond_against_threats(self) -> Fraction:
        """The same where the second may also seal "keep if kept(first)": then silence makes both
        swerve. With a bond between `bond` and this one, the second is better off with the threat.
        """
        return max(self.bond, self.mild - self.crash)

    @property
    def bond_if_silence_kept(self) -> Fraction:
        """The bond of the first from which it would not buy its way back to Dare, under a rule by
        which silence means kept: win - bond against lose.
        """
        return self.win - self.lose

    @property
    def ruthless(self) -> Fraction:
        """The largest share r of opponents who keep whatever comes, at which the first still keeps:
        r crash + (1-r) win >= lose.
        """
        return (self.win - self.lose) / (self.win - self.crash)

    def keep_against_ruthless(self, share: Fraction) -> Fraction:
        """What the first gets that keeps, where `share` of the opponents are ruthless."""
        r = _probability(share)
        return r * self.crash + (1 - r) * self.win


def bargained_share(surplus: Fraction, breakdown: Fraction, rounds: int | None = None) -> Fraction:
    """What the responder to the first of `rounds` alternating offers gets of a surplus, where after
    every refusal all is lost with probability `breakdown` (Stahl; Rubinstein and Binmore).

    Who offers with n rounds left keeps V(n) = S - (1-p) V(n-1), V(0) = 0. Without `rounds`: the
    limit of many, S (1-p) / (2-p), which exists for p > 0.
    """
    p = _probability(breakdown)
    if rounds is None:
        if not p:
            raise BadProtocol("without a risk of breakdown the share has no limit")
        return surplus * (1 - p) / (2 - p)
    if rounds < 1:
        raise BadProtocol(f"bargaining takes at least one round, not {rounds}")
    keeps = Fraction(0)
    for _ in range(rounds):
        keeps = surplus - (1 - p) * keeps
    return surplus - keeps


def _probability(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise BadProtocol(f"a probability lies between 0 and 1; {value} does not")
    return Fraction(value)
