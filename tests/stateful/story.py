"""A failing sequence as a scenario file, for whoever has to find out what is wrong.

What a scenario cannot say (accounts with code, relayed calls, spoiled keys, blocks left out) stands
there as a comment; the actions themselves follow at the end, as they were sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.content import content_hash
from boomerang.decisions import atoms, decode, format, well_formed  # noqa: A004
from boomerang.errors import ChainError
from boomerang.identity import Key
from boomerang.model import Phase
from stateful.calls import FUNCTIONS, OUTSIDE
from stateful.cast import GHOST, PLAIN
from stateful.world import World

if TYPE_CHECKING:
    from stateful.calls import Action
    from stateful.campaign import Failure

_NAMES = {address: name for name, address in DEV_ACCOUNTS.items()}
_FLAGS = 0xFF << 56
_NOBODY = "Nobody"
_SIGNED = ("sealFor", "revokeFor")
_TOLD = (
    *("publish", "seal", "sealWithData", "sealFor", "revoke", "revokeFor", "expose", "open"),
    *("openFor", "offer", "decline", "declineAll", "draw", "resolve", "withdraw"),
)
_UNTOLD = tuple(name for name in (*FUNCTIONS, *OUTSIDE) if name not in _TOLD)


class _Inexpressible(Exception):
    """The format has no words for it."""


class Story:
    """Tells a sequence by names, as the model has it."""

    def __init__(self, failure: Failure) -> None:
        self._failure = failure
        self._world = World(failure.setting)
        self._names: dict[bytes, str] = {GHOST: _NOBODY}
        self._sealed: dict[bytes, tuple[bytes, bytes]] = {}
        self._steps: list[dict[str, Any] | str] = []

    def text(self) -> str:
        """The file."""
        failure, world = self._failure, self._world
        for action in failure.actions:
            self._tell(action)
        start = failure.setting.start
        latest = [world.model.latest_resolution(id) for id in world.keys]
        until = max([world.time, *latest]) - start + 2
        head: dict[str, Any] = {
            "name": f"seed {failure.seed}",
            "description": f"Contract and model differ: {failure.why[:100]}…",
            "registry": failure.setting.parameters.to_abi(),
            "agents": dict.fromkeys(("alice", "bob", "carol", "dave", "erin", "frank"), 10**30),
        }
        order = self._order()
        if order:
            head["draw"] = order
        lines = [f"# {line}" for line in self._remarks()]
        lines.append(yaml.safe_dump(head, sort_keys=False, width=1000).rstrip())
        lines.append("steps:")
        for step in self._steps:
            if isinstance(step, str):
                lines.append(f"  # {step}")
            else:
                inline = yaml.safe_dump(step, sort_keys=False, default_flow_style=True, width=10**6)
                lines.append(f"  - {inline.strip()}")
        lines.append(f"until: {until}")
        ends = self._ends()
        if ends:
            lines.append(yaml.safe_dump({"expect": ends}, sort_keys=False).rstrip())
        return "\n".join(lines) + "\n"

    def _remarks(self) -> list[str]:
        setting = self._failure.setting
        kinds = [
            f"{_NAMES[who]} has code that {kind} ether"
            for who, kind in zip(list(DEV_ACCOUNTS.values())[:4], setting.kinds, strict=True)
            if kind != PLAIN
        ]
        return [*kinds, f"the first block is {setting.block}, at second {setting.start}"]

    def _tell(self, action: Action) -> None:
        world = self._world
        world.move(action.block, action.time)
        if action.name == "settle":
            self._steps.append(f"second {self._at()}: everything that can be resolved is")
            world.settle_model()
            return
        known = set(world.keys)
        error: ChainError | None = None
        try:
            world.play(action)
        except ChainError as raised:
            error = raised
        for id in set(world.keys) - known:
            owner = _NAMES[world.keys[id].committer][0].upper()
            count = sum(name.startswith(owner) for name in self._names.values())
            self._names[id] = f"{owner}{count + 1}"
        if action.opening and error is None:
            self._sealed[self._about(action)] = action.opening
        try:
            if action.name in _SIGNED:
                if error is not None:
                    raise _Inexpressible
                self._steps.append(f"signed, and sent by {_NAMES[action.sender]}:")
            step = {"at": self._at(), "by": _NAMES[action.sender], **self._said(action)}
        except _Inexpressible:
            ending = "" if error is None else f", refused: {error.name}"
            self._steps.append(f"{self._at()}, {_NAMES[action.sender]}: {action.name}{ending}")
            return
        if error is not None:
            step["refused"] = error.name
        self._steps.append(step)

    def _at(self) -> int:
        return self._world.time - self._failure.setting.start + 1

    def _about(self, action: Action) -> bytes:
        """The commitment that an action is about; inexpressible when there is none such."""
        first = action.args[0]
        if isinstance(first, Key):
            id = self._world.domain.commitment_id(first)
        else:
            id = self._world.domain.id_of(action.sender, first, action.args[1])
            if id not in self._names:  # somebody else's, perhaps
                for known, key in self._world.keys.items():
                    if (key.stake, key.content_hash) == (first, action.args[1]):
                        id = known
        if id not in self._names:
            raise _Inexpressible
        return id

    def _said(self, action: Action) -> dict[str, Any]:
        name, a = action.name, action.args
        if name == "publish":
            return self._publication(action)
        if name in ("draw", "resolve"):
            ids = a[0] if name == "draw" else [self._world.domain.commitment_id(k) for k, _ in a[0]]
            if any(id not in self._names for id in ids):
                raise _Inexpressible
            told: dict[str, Any] = {"do": name, "what": [self._names[id] for id in ids]}
            if (
                name == "resolve"
                and len(ids) == 1
                and a[0][0][1]
                and a[0][0][1] != self._of(ids[0])
            ):
                told["decision"] = self._decision(a[0][0][1])
            return told
        if name in _UNTOLD:
            raise _Inexpressible
        if name == "withdraw":
            if a[0] not in _NAMES:
                raise _Inexpressible
            return {"do": "withdraw", "to": _NAMES[a[0]]}
        about = self._about(action)
        what = self._names[about]
        owner = {"by": _NAMES[a[0].committer]} if name in _SIGNED else {}
        if name.startswith("seal"):
            if action.opening is None:
                raise _Inexpressible
            decision, salt = action.opening
            return {**owner, "do": "seal", "what": what, **self._shown(decision, salt)}
        if name in ("expose", "open", "openFor"):
            decision, salt = a[1:3] if isinstance(a[0], Key) else a[2:4]
            shown = (
                {} if (decision, salt) == self._sealed.get(about) else self._shown(decision, salt)
            )
            told = {"do": "expose" if name == "expose" else "open", "what": what, **shown}
            if name == "openFor":
                named = [self._world.domain.commitment_id(key) for key in a[3]]
                told["dependencies"] = [self._name(id) for id in named]
            return told
        if name in ("offer", "decline") and a[2] not in self._names:
            raise _Inexpressible
        if name == "offer":
            return {"do": "offer", "of": what, "to": self._names[a[2]]}
        if name == "decline":
            return {"do": "decline", "what": what, "offer": self._names[a[2]]}
        return {**owner, "do": "decline" if name == "declineAll" else "revoke", "what": what}

    def _publication(self, action: Action) -> dict[str, Any]:
        stake, topic, body = action.args
        id = self._world.domain.id_of(action.sender, stake, content_hash(topic, body))
        if stake & _FLAGS or id not in self._names:
            raise _Inexpressible
        bond, cover = stake >> 64 & (1 << 96) - 1, stake >> 160
        told = {"do": "publish", "as": self._names[id], "nonce": stake & (1 << 56) - 1}
        if any(topic):
            told["topic"] = f"0x{topic.hex()}"
        return {**told, "statement": body.decode(), "bond": bond, "cover": cover}

    def _of(self, id: bytes) -> bytes:
        return self._sealed.get(id, (b"", b""))[0]

    def _shown(self, decision: bytes, salt: bytes) -> dict[str, str]:
        return {"decision": self._decision(decision), "salt": f"0x{salt.hex()}"}

    def _decision(self, decision: bytes) -> str:
        if not well_formed(decision):
            return f"0x{decision.hex()}"
        for id in atoms(decision):
            self._name(id)
        return format(decode(decision), {name: id for id, name in self._names.items()})

    def _name(self, id: bytes) -> str:
        """A name that no step introduces stands for an id that does not exist."""
        return self._names.setdefault(id, f"{_NOBODY}{len(self._names)}")

    def _order(self) -> list[str]:
        records = self._world.model.state.records
        drawn = [id for id in self._world.keys if records[id].draw]
        return [self._names[id] for id in sorted(drawn, key=lambda id: records[id].draw)]

    def _ends(self) -> dict[str, str]:
        world = self._world
        latest = [world.model.latest_resolution(id) + 1 for id in world.keys]
        world.move(world.block + 1, max([world.time, *latest]))
        world.settle_model()
        told = {step.get("as") for step in self._steps if isinstance(step, dict)}
        phases = {self._names[id]: world.model.phase(id, world.time) for id in world.keys}
        return {n: p.label for n, p in phases.items() if n in told and p is not Phase.PENDING}


def tell(failure: Failure) -> str:
    """Everything there is to say about a failure."""
    actions = "\n".join(f"    {action!r}," for action in failure.actions)
    story = Story(failure).text()
    setting = f"{failure.setting!r}"
    return f"{failure.why}\n\n{story}\nAs sent, on {setting}:\n[\n{actions}\n]"
