"""Plays a scenario on a world (`worlds.py`) and works out its answer (`report.py`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boomerang import actions
from boomerang.decisions import sealed_atoms
from boomerang.errors import MalformedDecision
from boomerang.games import GAMES, Entry, conflicts, payments_due, score
from boomerang.identity import Opening
from boomerang.model import Phase
from boomerang.scenarios import steps
from boomerang.scenarios.binding import NOTHING, Binding
from boomerang.scenarios.plan import plan
from boomerang.scenarios.report import CommitmentReport, Report, StepReport
from boomerang.scenarios.schema import OUTCOMES, Scenario
from boomerang.scenarios.source import closest
from boomerang.scenarios.steps import BYSTANDER, ETHER
from boomerang.scenarios.worlds import INSUFFICIENT_FUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boomerang.identity import Key
    from boomerang.scenarios.plan import PlannedBlock
    from boomerang.scenarios.schema import Expectation
    from boomerang.scenarios.steps import Step
    from boomerang.scenarios.worlds import Result, State, World

_PREFIX = "Boomerang_"


def play(scenario: Scenario, world: World) -> Report:
    """Play a scenario to its end. The world is used up: its time has passed."""
    return _Play(scenario, world).run()


@dataclass
class _Life:
    """What is known of a published commitment while the play goes on (seconds from the start)."""

    name: str
    step: steps.Publish
    published_at: int
    freeze_at: int
    final_at: int | None = None
    phase: Phase = Phase.TENTATIVE


@dataclass
class _Sent:
    """A request of a block: for a step (its index), a draw, or a resolution at the end."""

    request: actions.Request | None
    step: int | None = None
    closes: tuple[str, ...] | None = None


class _Play:
    def __init__(self, scenario: Scenario, world: World) -> None:
        self.scenario = scenario
        self.world = world
        self.binding = Binding(scenario, world.domain, world.start, world.address)
        self.lives: dict[str, _Life] = {}
        self.held: dict[str, Opening] = {}
        self.joined: dict[tuple[bytes, ...], set[str]] = {}
        self.texts: dict[str, str] = {}
        self.step_reports: dict[int, StepReport] = {}
        self.closing: list[StepReport] = []

    def run(self) -> Report:
        world, scenario = self.world, self.scenario
        for block in plan(scenario):
            self._play_block(block)
        states = {name: world.state(self.binding.id(name)) for name in self.lives}
        commitments = {name: self._commitment(self.lives[name], states[name]) for name in states}
        game = GAMES[scenario.game] if scenario.game else None
        entries = self._entries(commitments)
        report = Report(
            name=scenario.name,
            chain=world.kind,
            parameters=scenario.parameters,
            until=scenario.until,
            steps=tuple(self.step_reports[i] for i in range(len(scenario.steps))),
            closing=tuple(self.closing),
            commitments=commitments,
            balances={agent: world.balance(agent) for agent in scenario.agents},
            token_balances={
                token: {agent: world.token_balance(token, agent) for agent in scenario.agents}
                for token in scenario.tokens
            },
            game=scenario.game,
            payoffs=score(game, list(scenario.agents), entries) if game else None,
            conflicts=tuple(conflicts(game, entries)) if game else (),
            draw=self._draw(states),
        )
        failures = tuple(_failures(scenario, report))
        return Report(**{**report.__dict__, "failures": failures})

    # ---- blocks ------------------------------------------------------------------------------

    def _play_block(self, block: PlannedBlock) -> None:
        sent = [_Sent(request) for at in block.draws for request in self._draw_requests(at)]
        sealing: dict[str, Opening] = {}
        for index in block.steps:
            earlier = [one.request for one in sent if one.request is not None]
            sent.append(_Sent(self._request(index, sealing, block.at, earlier), step=index))
        closed: set[str] = set()
        if block.closing:
            for name in self._closing_order(block):
                decision = self._opening(name, sealing).decision
                request = actions.Resolve(((self.binding.key(name), decision),))
                sent.append(_Sent(actions.Request(BYSTANDER, request), closes=(name,)))
                closed.add(name)
                group = self._group_of(name)
                members = tuple(self.binding.name(one) or "" for one in group)
                if group and closed.issuperset(members):
                    settle = actions.Request(BYSTANDER, self._settle(group, sealing))
                    sent.append(_Sent(settle, closes=members))
        requests = [one.request for one in sent if one.request is not None]
        results = iter(self.world.block(block.at, requests))
        outcomes = [(one, next(results) if one.request is not None else None) for one in sent]
        for one, result in outcomes:
            if one.step is not None and result is not None and result.ok:
                self._accepted(self.scenario.steps[one.step], block.at, sealing)
        self._look(block.at)
        for one, result in outcomes:
            if one.step is not None:
                self.step_reports[one.step] = self._step_report(one.step, result)
            elif one.closes is not None and result is not None and result.ok:
                self.closing.append(self._closing_report(one.closes, block.at, result))

    def _request(
        self,
        index: int,
        sealing: dict[str, Opening],
        at: int,
        earlier: Sequence[actions.Request],
    ) -> actions.Request | None:
        """The action of a step; None where nothing is sent. `sealing` gathers the seals of its
        block that may be accepted; `earlier` is what comes before it in its block.
        """
        step = self.scenario.steps[index]
        if isinstance(step, steps.Resolve) and not step.refused:
            names = list(dict.fromkeys(step.what))
            commitments = [self.binding.id(name) for name in names]
            settled = self.world.settled_by(at, earlier, commitments)
            left = tuple(n for n, done in zip(names, settled, strict=True) if not done)
            if not left:
                return None
            step = step.model_copy(update={"what": left})
        return actions.Request(step.by, self._action(step, index, sealing))

    def _action(self, step: Step, index: int, sealing: dict[str, Opening]) -> actions.Action:
        bind = self.binding
        match step:
            case steps.Publish():
                key = bind.key_of(step)
                return actions.Publish(key, bind.topic(step), bind.body(step), bind.value(step))
            case steps.Offer():
                return actions.Offer(bind.key(step.of), bind.id(step.to))
            case steps.Decline():
                offering = None if step.offer is None else bind.id(step.offer)
                return actions.Decline(bind.key(step.what), offering)
            case steps.Join():
                return actions.Join(bind.key(step.what), bind.group(step.group))
            case steps.Settle():
                given = None if step.decision is None else bind.decision(step.decision)
                return self._settle(bind.group(step.group), sealing, given)
            case steps.Seal():
                opening = bind.opening(step, index)
                if self._owns(step.by, step.what):
                    sealing.setdefault(step.what, opening)
                key = bind.key(step.what)
                seal = bind.domain.seal(key, opening.decision, opening.salt)
                return actions.Seal(key, seal)
            case steps.Expose():
                opening = self._shown(step, sealing)
                return actions.Expose(bind.key(step.what), opening.decision, opening.salt)
            case steps.Open():
                opening = self._shown(step, sealing)
                key = bind.key(step.what)
                keys = self._dependencies(step, key, opening.decision)
                return actions.Open(key, opening.decision, opening.salt, keys)
            case steps.Revoke():
                return actions.Revoke(bind.key(step.what))
            case steps.Resolve():
                given = None if step.decision is None else bind.decision(step.decision)
                return actions.Resolve(
                    tuple(
                        (
                            bind.key(name),
                            self._opening(name, sealing).decision if given is None else given,
                        )
                        for name in step.what
                    )
                )
            case steps.Draw():
                return actions.Draw(tuple(bind.id(name) for name in step.what))
            case steps.Withdraw():
                token = None if step.token is None else bind.token(step.token)
                return actions.Withdraw(bind.address(step.to or step.by), token)
            case steps.Deliver():
                token = None if step.token is None else bind.token(step.token)
                return actions.Deliver(bind.address(step.to), token)
            case steps.Approve():
                return actions.Approve(bind.token(step.token), step.amount)
            case steps.Execute():
                tip_to = bind.address(step.to or step.by)
                return actions.Execute(bind.key(step.what), *self._content(step.what), tip_to)
            case steps.Retry():
                content = self._content(step.what)
                return actions.Retry(bind.key(step.what), *content, step.call)
            case steps.Release():
                content = self._content(step.what)
                return actions.Release(bind.key(step.what), *content, step.call)

    def _content(self, name: str) -> tuple[bytes, bytes]:
        """Topic and body of a commitment; nothing of one that nobody publishes."""
        step = self.binding.publications.get(name)
        if step is None:
            return bytes(32), b""
        return self.binding.topic(step), self.binding.body(step)

    def _dependencies(self, step: steps.Open, key: Key, decision: bytes) -> tuple[Key, ...] | None:
        """The keys that an opening shows; None for an owner who needs none."""
        if step.dependencies is not None:
            return tuple(self.binding.key(name) for name in step.dependencies)
        inside = self._group_of(step.what)
        keys = tuple(self.binding.dependencies(decision, inside)) if key.cover else ()
        own = self._owns(step.by, step.what) and step.what in self.lives
        return None if own and not keys else keys

    def _settle(
        self,
        ids: tuple[bytes, ...],
        sealing: Mapping[str, Opening],
        given: bytes | None = None,
    ) -> actions.Settle:
        """The resolution of a group by what its members were opened with, or all `given`."""
        names = [self.binding.name(one) or "" for one in ids]
        held = [self._opening(name, sealing).decision for name in names]
        return actions.Settle(ids, tuple(held if given is None else [given] * len(ids)))

    def _group_of(self, name: str) -> tuple[bytes, ...]:
        """The members of the complete group that a commitment is in."""
        for ids, joined in self.joined.items():
            if name in joined and len(joined) == len(ids):
                return ids
        return ()

    def _owns(self, agent: str, name: str) -> bool:
        publication = self.binding.publications.get(name)
        return publication is not None and publication.by == agent

    def _opening(self, name: str, sealing: Mapping[str, Opening]) -> Opening:
        """The opening that the scenario holds; that of nothing where nobody sealed."""
        return self.held.get(name) or sealing.get(name) or NOTHING

    def _shown(self, step: steps.Open | steps.Expose, sealing: Mapping[str, Opening]) -> Opening:
        """What a step shows: what is held, unless the step replaces it."""
        held = self._opening(step.what, sealing)
        decision, salt = held.decision, held.salt
        if step.decision is not None:
            decision = self.binding.decision(step.decision)
        if step.salt is not None:
            salt = self.binding.salt(step.salt)
        return Opening(decision, salt)

    def _draw_requests(self, at: int) -> list[actions.Request]:
        """The draw of the commitments of one block, where two or more were published in it."""
        names = [name for name, life in self.lives.items() if life.published_at == at]
        if len(names) < 2:
            return []
        draws = [actions.Draw((self.binding.id(name),)) for name in names]
        return [actions.Request(BYSTANDER, draw) for draw in draws]

    def _closing_order(self, block: PlannedBlock) -> list[str]:
        """Every commitment, each after those that its decision depends on. Of a group the last
        comes after all that any member depends on outside: then it can be resolved.
        """
        names = list(self.lives)
        for index in block.steps:
            step = self.scenario.steps[index]
            if isinstance(step, steps.Publish) and step.name not in names:
                names.append(step.name)
        order: list[str] = []
        entered: set[str] = set()
        stack = [(name, False) for name in reversed(names)]
        while stack:
            name, done = stack.pop()
            if done:
                order.append(name)
                continue
            if name in entered:
                continue
            entered.add(name)
            stack.append((name, True))
            group = self._group_of(name)
            together = [self.binding.name(one) or "" for one in group] or [name]
            entered.update(together)
            order += [member for member in together if member != name]
            for atom in (atom for member in together for atom in self._atoms(member)):
                other = self.binding.name(atom)
                if other in names and atom not in group:
                    stack.append((other, False))
        return order

    def _atoms(self, name: str) -> Sequence[bytes]:
        try:
            return sealed_atoms(self.held[name].decision) if name in self.held else ()
        except MalformedDecision:
            return ()

    # ---- afterwards --------------------------------------------------------------------------

    def _accepted(self, step: Step, at: int, sealing: Mapping[str, Opening]) -> None:
        bind = self.binding
        if isinstance(step, steps.Publish):
            freeze_at = at + self.scenario.parameters.period
            if step.name not in self.lives and bind.key_of(step) == bind.key(step.name):
                self.lives[step.name] = _Life(step.name, step, at, freeze_at)
        elif isinstance(step, steps.Join):
            self.joined.setdefault(bind.group(step.group), set()).add(step.what)
        elif isinstance(step, steps.Seal) and step.what not in self.held:
            self.held[step.what] = sealing[step.what]
            self.texts[step.what] = step.decision

    def _look(self, at: int) -> None:
        """See what the block changed. What only time changes has its own second."""
        for name, life in self.lives.items():
            if life.phase.final:
                continue
            life.phase = self.world.phase(self.binding.id(name))
            if life.phase is Phase.UNSEALED:
                life.final_at = life.freeze_at
            elif life.phase is Phase.UNREVEALED:
                life.final_at = life.freeze_at + self.scenario.parameters.reveal_window + 1
            elif life.phase.final:
                life.final_at = at

    def _step_report(self, index: int, result: Result | None) -> StepReport:
        step = self.scenario.steps[index]
        error = detail = gas = None
        if result is not None:
            error, detail, gas = result.error, result.detail, result.gas
        return StepReport(
            at=step.at,
            by=step.by,
            do=step.do,
            what=step.subjects,
            ok=error is None,
            error=error,
            gas=gas,
            states=self._states(step.subjects),
            note=self._note(step),
            detail=self._readable(detail, step),
            expected=_claim_holds(step.refused, error),
            line=self.scenario.line(index),
        )

    def _closing_report(self, names: tuple[str, ...], at: int, result: Result) -> StepReport:
        return StepReport(
            at=at,
            by=BYSTANDER,
            do="resolve" if len(names) == 1 else "settle",
            what=names,
            ok=True,
            error=None,
            gas=result.gas,
            states=self._states(names),
        )

    def _states(self, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.lives[name].phase.label) for name in names if name in self.lives)

    def _note(self, step: Step) -> str:
        """What a reader wants to know beside who did what."""
        match step:
            case steps.Publish():
                return step.statement
            case steps.Seal():
                return step.decision
            case steps.Open() | steps.Expose():
                shown = step.decision
                return self.texts.get(step.what, "") if shown is None else shown
            case steps.Decline():
                return step.offer or ""
            case steps.Retry() | steps.Release():
                return f"call {step.call}"
            case steps.Approve():
                return f"{step.amount} of {step.token}"
            case steps.Withdraw() | steps.Deliver():
                return step.token or ""
            case _:
                return ""

    def _readable(self, detail: str | None, step: Step) -> str | None:
        """A sentence about a refusal with names and seconds of the scenario in it."""
        if detail is None:
            return None
        bind = self.binding
        named = {bind.id(name): name for name in (*bind.publications, *step.subjects)}
        for name in step.subjects:  # the registry looks for one of the caller's own
            key = replace(bind.key(name), committer=bind.address(step.by))
            named.setdefault(bind.domain.commitment_id(key), name)
        if isinstance(step, steps.Decline) and step.offer is not None:
            named.setdefault(bind.id(step.offer), step.offer)
        for commitment, name in named.items():
            detail = detail.replace(f"0x{commitment[:4].hex()}…", name)
        for agent in (*self.scenario.agents, BYSTANDER, *self.scenario.tokens, "enforcer"):
            detail = detail.replace(bind.address(agent), agent)
        return re.sub(r"0x[0-9a-f]{8}…", "one without a name", detail)

    def _commitment(self, life: _Life, state: State) -> CommitmentReport:
        phase = state.phase
        outcome = "KEPT" if phase.kept else "REVERTED" if phase.final else "PENDING"
        return CommitmentReport(
            name=life.name,
            owner=life.step.by,
            statement=life.step.statement,
            bond=self.binding.bond(life.step),
            reason=phase.label,
            outcome=outcome,
            published_at=life.published_at,
            freeze_at=life.freeze_at,
            final_at=life.final_at,
            floor=self.binding.name(state.floor) or f"0x{state.floor.hex()}",
            depth=state.depth,
        )

    def _entries(self, commitments: Mapping[str, CommitmentReport]) -> list[Entry]:
        kept = {self.binding.id(name): c.outcome == "KEPT" for name, c in commitments.items()}
        agents = {self.binding.address(agent): agent for agent in self.scenario.agents}
        tokens = {self.binding.token(token) for token in (ETHER, *self.scenario.tokens)}
        entries = []
        for name, commitment in commitments.items():
            clauses = self.binding.clauses(self.lives[name].step)
            entries.append(
                Entry(
                    name=name,
                    owner=commitment.owner,
                    statement=commitment.statement,
                    kept=commitment.outcome == "KEPT",
                    payments=payments_due(clauses, kept, agents, tokens),
                )
            )
        return entries

    def _draw(self, states: Mapping[str, State]) -> tuple[str, ...]:
        """The commitments that shared a block and were drawn, in the order that the draw gave."""
        seconds = [life.published_at for life in self.lives.values()]
        shared = [
            (life.published_at, states[name].draw, name)
            for name, life in self.lives.items()
            if seconds.count(life.published_at) > 1 and states[name].draw
        ]
        return tuple(name for _, _, name in sorted(shared))


# ---- claims ------------------------------------------------------------------------------------


def _claim_holds(refused: str | bool, error: str | None) -> bool:
    if refused is True:
        return error is not None
    if not refused:
        return error is None
    return error is not None and _bare(error) == _bare(refused)


def _bare(name: str) -> str:
    return name.removeprefix(_PREFIX).casefold()


def _failures(scenario: Scenario, report: Report) -> Iterable[str]:
    """Every claim of the file that did not hold, in one sentence each."""
    for index, step in enumerate(report.steps):
        if not step.expected:
            yield _step_failure(scenario, index, step)
    for name, wanted in scenario.expect.items():
        yield from _expectation_failures(name, wanted, report)
    for label, claimed, found in (
        ("payoff", scenario.payoffs, report.payoffs),
        ("balance", scenario.balances, report.balances),
    ):
        for agent, amount in (claimed or {}).items():
            actual = (found or {}).get(agent)
            if actual != amount:
                yield f"the {label} of {agent} is {actual}, not {amount}"
    for token, holders in (scenario.token_balances or {}).items():
        for agent, amount in holders.items():
            actual = report.token_balances[token][agent]
            if actual != amount:
                yield f"the balance of {agent} in {token} is {actual}, not {amount}"
    if scenario.conflicts is not None:
        expected = {frozenset(pair) for pair in scenario.conflicts}
        actual_pairs = {frozenset(pair) for pair in report.conflicts}
        if expected != actual_pairs:
            shown = [list(pair) for pair in report.conflicts]
            yield f"the conflicts are {shown}, not {[list(p) for p in scenario.conflicts]}"


def _step_failure(scenario: Scenario, index: int, step: StepReport) -> str:
    claimed = scenario.steps[index].refused
    what = " ".join((step.do, *step.what))
    where = f"line {step.line}: {what} by {step.by} at {step.at}"
    if not claimed:
        return f"{where} was refused with {step.error} ({step.detail})"
    wanted = "" if claimed is True else f" with {claimed}"
    hint = "" if claimed is True else _hint(claimed)
    if step.error is None:
        return f"{where} was accepted, and must be refused{wanted}{hint}"
    return f"{where} was refused with {step.error}, not{wanted}{hint}"


def _hint(claimed: str) -> str:
    """A hint where no error is called so."""
    from boomerang.errors import TokenError, chain_errors

    known = [cls.__name__ for cls in chain_errors()]
    known += [*(cls.__name__ for cls in TokenError.__subclasses__()), INSUFFICIENT_FUNDS]
    if _bare(claimed) in (_bare(name) for name in known):
        return ""
    close = closest(claimed.removeprefix(_PREFIX), known)
    return f": there is no error {claimed}" + (f"; did you mean {close}?" if close else "")


def _expectation_failures(name: str, wanted: Expectation, report: Report) -> Iterable[str]:
    found = report.commitments.get(name)
    reasons = {"Unpublished"} if found is None else {found.reason, found.outcome}
    if wanted.reason is not None and not reasons & set(wanted.reason):
        actual = "Unpublished" if found is None else found.reason
        if set(wanted.reason) <= set(OUTCOMES) and found is not None:
            actual = found.outcome
        yield f"{name} is {actual}, not {' or '.join(wanted.reason)}"
    for key, label in wanted.KEYS.items():
        claimed = getattr(wanted, key)
        if key == "reason" or claimed is None:
            continue
        value = None if found is None else getattr(found, key)
        if value != claimed:
            yield f"{label} of {name} is {value}, not {claimed}"
