"""One seat in one match: the agent, what it has seen by now, and what it has sent."""

from __future__ import annotations

import secrets as chance
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, cast

from boomerang.identity import Opening
from boomerang.play import moves
from boomerang.play.hand import Hand, ImpossibleMove, told_seat
from boomerang.play.process.board import Board
from boomerang.play.process.journal import Journal
from boomerang.play.view import Refused, View

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.actions import Action
    from boomerang.chains.base import Block
    from boomerang.identity import Domain
    from boomerang.parameters import Parameters
    from boomerang.play.moves import Move, OnChain
    from boomerang.play.outcome import Outcome
    from boomerang.play.process.follower import Sighting
    from boomerang.play.process.journal import Entry
    from boomerang.play.process.task import Task
    from boomerang.play.process.wallet import Fate, Signed
    from boomerang.play.stored import StoredSecrets


@dataclass(slots=True)
class Sent:
    """A transaction of this seat's, on its way or mined."""

    move: OnChain
    hash: bytes
    raw: bytes
    nonce: int


@dataclass(slots=True)
class Asked:
    """What the agent answered: what is to go on the chain, openings to tell, and moves that cannot
    be made, with the reason.
    """

    chain: list[tuple[int, OnChain, Action]] = field(default_factory=list)
    tells: list[tuple[int, bytes, Opening]] = field(default_factory=list)
    impossible: list[tuple[Move, str]] = field(default_factory=list)


class Player:
    """A seat. `latency` is none of its business: it is told of blocks when they have reached it."""

    def __init__(
        self,
        task: Task,
        domain: Domain,
        parameters: Parameters,
        secrets: StoredSecrets,
        directory: Path,
        *,
        join: int,
        latency: float = 0.0,
        block_time: int = 1,
    ) -> None:
        """`directory`: where its journal is kept. `join`: the Unix second at which it was told of
        the match. `latency`, `block_time`: seconds, as its view has them.
        """
        self.task = task
        self.game = task.build_game()
        self.agent = task.build_agent()
        self.domain = domain
        self.parameters = parameters
        self.secrets = secrets
        head = task.model_dump(mode="json", exclude={"start", "horizon"})
        head["seed"] = task.seed
        self.journal = Journal(
            directory / f"{task.topic[2:]}.jsonl",
            head if task.seed is not None else self._with_seed(head, directory),
        )
        self.start = task.start or join
        self.horizon = task.horizon or self.start + 2 * parameters.period
        self.board = self._board()
        self.hand = Hand(task.account, domain, parameters, secrets)
        # Seeded, and no secrets: those are in the hand.
        rng = Random(self.journal.head["seed"])  # noqa: S311
        self.agent.reset(task.seat, self.game, rng)
        self.pending: list[Move] = []
        self.refused: list[Refused] = []
        self.view = View(
            now=0,
            seat=task.seat,
            game=self.game,
            accounts=task.accounts,
            parameters=parameters,
            state=self.board.state,
            device="boomerang",
            rng=rng,
            topic=task.topic_bytes,
            openings=self.hand.openings,
            told=self.hand.told,
            pending=self.pending,
            refused=self.refused,
            block_time=block_time,
            latency=latency,
        )
        self.block: Block | None = None
        self.started = False
        self.wake = 0
        self.sent: list[Sent] = []
        self.fates: dict[bytes, Fate] = {}
        self._open: list[Sent] = []
        self._old: deque[Entry] = deque(self.journal.old)
        self.earlier = [_sent(one) for entry in self._old for one in entry.get("sent", ())]
        """Hash, bytes and nonce of what was sent before this process began."""

    @staticmethod
    def _with_seed(head: Entry, directory: Path) -> Entry:
        """A new match takes a seed by chance; one that goes on keeps what it had."""
        known = (directory / f"{head['topic'][2:]}.jsonl").exists()
        return head if known else {**head, "seed": chance.token_hex(16)}

    def _board(self) -> Board:
        task = self.task
        return Board(self.domain, self.parameters, task.topic_bytes, task.accounts)

    # ------------------------------------------------------------------------------ what it sees

    def see(self, sighting: Sighting) -> bool:
        """A block has reached it; whether something happened in it. In order, none twice."""
        number = sighting.block.number
        self._replay(number)
        happened = bool(self.board.apply(sighting.events))
        self.block = sighting.block
        for sent in self._open[:]:
            fate = self.fates.get(sent.hash)
            if fate is not None and fate.block <= number:
                self._open.remove(sent)
                self.pending.remove(sent.move)
                happened = True
                if fate.error is not None:
                    self.refused.append(Refused(sent.move, fate.error))
        return happened

    def hear(self, of: bytes, opening: Opening, seat: int) -> None:
        """Another seat told an opening, off the chain."""
        if of not in self.hand.openings:
            told = {"of": of.hex(), "decision": opening.decision.hex(), "salt": opening.salt.hex()}
            number = -1 if self.block is None else self.block.number
            self.journal.write({"told": told, "seat": seat, "block": number}, sync=False)
            self.hand.hear(of, opening, seat)

    def forget(self) -> None:
        """The chain was reorganised: what was seen no longer counts, and comes again. The agent
        keeps its memory, and what was sent may have to be sent again.
        """
        self.board = self._board()
        self.view.state = self.board.state
        self.fates.clear()
        self.refused.clear()
        self._open = list(self.sent)
        self.pending[:] = [sent.move for sent in self.sent]

    @property
    def waiting(self) -> list[bytes]:
        """The transactions whose fate is not known yet."""
        return [one.hash for one in self._open if one.hash not in self.fates]

    # ------------------------------------------------------------------------------ what it does

    def ready(self) -> bool:
        """Whether it can be asked: it has begun, and has seen a block; all that was in the journal
        has been gone through by then.
        """
        if self.block is None or not self.started:
            return False
        self._replay(self.block.number + 1)
        return not self._old

    def ask(self) -> Asked:
        """Ask the agent. Openings of new seals are on disk when this returns."""
        assert self.block is not None  # noqa: S101 - see `ready`
        self.view.now = self.block.time
        asked = Asked()
        self.wake = 0
        for place, move in enumerate(self.agent.act(self.view)):
            try:
                if isinstance(move, moves.Wait):
                    self.wake = max(self.wake, move.until)
                elif isinstance(move, moves.Tell):
                    opening = self.hand.opening(move.of, self.board.state)
                    to = told_seat(move.to, len(self.task.accounts))
                    asked.tells.append((to, move.of, opening))
                else:
                    action = self.hand.action(move, self.board.state)
                    asked.chain.append((place, move, action))
            except ImpossibleMove as error:
                asked.impossible.append((move, str(error)))
        return asked

    def sending(self, asked: Asked, signed: list[Signed]) -> list[Sent]:
        """Write down what is about to be sent. Only then may it be."""
        assert self.block is not None  # noqa: S101 - see `ready`
        new = []
        entries = []
        for (place, move, action), one in zip(asked.chain, signed, strict=True):
            entry = {
                "place": place,
                "hash": one.hash.hex(),
                "raw": one.raw.hex(),
                "nonce": one.nonce,
            }
            if isinstance(move, moves.Seal):
                entry["seal"] = action.seal.hex()  # type: ignore[union-attr]
            entries.append(entry)
            new.append(Sent(move, one.hash, one.raw, one.nonce))
        entry = {"asked": self.block.number, "now": self.block.time, "sent": entries}
        self.journal.write(entry, sync=bool(entries))
        self._take(new)
        return new

    def _take(self, new: list[Sent]) -> None:
        self.sent += new
        self._open += new
        self.pending += [one.move for one in new]

    # ------------------------------------------------------------------------------ the past

    def _replay(self, before: int) -> None:
        """Ask the agent what it was asked before this process began, up to a block's number."""
        while self._old:
            entry = self._old[0]
            if _number(entry) >= before:
                return
            self._old.popleft()
            if "told" in entry:
                told = {key: bytes.fromhex(value) for key, value in entry["told"].items()}
                opening = Opening(told["decision"], told["salt"])
                self.hand.hear(told["of"], opening, entry["seat"])
            elif "asked" in entry:
                self._again(entry)

    def _again(self, entry: Entry) -> None:
        self.view.now = entry["now"]
        answer = list(self.agent.act(self.view))
        self.wake = max((m.until for m in answer if isinstance(m, moves.Wait)), default=0)
        for one in entry["sent"]:
            sent = _sent(one)
            if one["place"] < len(answer):
                move = answer[one["place"]]
                if isinstance(move, moves.Seal) and "seal" in one:
                    seal = bytes.fromhex(one["seal"])
                    kept = self.secrets.store.opening_of(move.of, seal)
                    self.hand.keep(move.of, kept.record.opening)
                sent.move = cast("OnChain", move)
            self._take([sent])

    # ------------------------------------------------------------------------------ the end

    def over(self) -> bool:
        """Whether the match is over, as far as has been seen."""
        return (
            self.block is not None
            and not self._old
            and self.board.over(self.block.time, self.horizon)
        )

    def finish(self) -> Outcome:
        """The outcome, which the agent is told. Other seats' gas and failures are not known here,
        and left empty.
        """
        assert self.block is not None  # noqa: S101 - it is over
        seats, own = len(self.task.accounts), self.task.seat
        gas, refused = [0] * seats, [()] * seats  # type: list[int], list[tuple[Refused, ...]]
        gas[own] = sum(fate.gas for fate in self.fates.values())
        refused[own] = tuple(self.refused)
        outcome = self.board.outcome(
            self.game, start=self.start, now=self.block.time, refused=refused, gas=gas
        )
        self.agent.learn(outcome)
        return outcome

    def close(self) -> None:
        """Let go of the journal."""
        self.journal.close()


def _number(entry: Entry) -> int:
    """The block that had been seen when it was written; -1 before the first."""
    number: int = entry["asked"] if "asked" in entry else entry.get("block", -1)
    return number


def _sent(entry: dict[str, Any]) -> Sent:
    return Sent(
        moves.Draw(()),  # stands for a move that the agent does not remember
        bytes.fromhex(entry["hash"]),
        bytes.fromhex(entry["raw"]),
        entry["nonce"],
    )


__all__ = ["Asked", "Player", "Sent"]
