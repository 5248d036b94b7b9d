"""The errors of entangled groups (section 7)."""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.errors.base import ChainError, short_id


@dataclass(eq=False)
class MalformedGroup(ChainError):
    """Not 2 to 8 ids in strictly ascending order."""

    def explain(self) -> str:
        return "a group is 2 to 8 different ids, in ascending order"


@dataclass(eq=False)
class NotAMember(ChainError):
    """A commitment joins a group that does not name it."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} is not a member of this group"


@dataclass(eq=False)
class InGroup(ChainError):
    """It has joined a group: it joins no other, offers no more, and is resolved with its group."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return (
            f"{short_id(self.id)} has joined a group: it joins no other, offers no more, and is "
            "resolved with its group"
        )


@dataclass(eq=False)
class CoverPromised(ChainError):
    """A group would give a member that has offered a smaller cover than it had then."""

    abi = (("bytes32", "group"), ("uint96", "cover"), ("uint96", "promised"))
    group: bytes
    cover: int
    promised: int

    def explain(self) -> str:
        return (
            f"the group's cover would be {self.cover} wei; a member has offered with "
            f"{self.promised} wei, on which others may lean"
        )


@dataclass(eq=False)
class NotComplete(ChainError):
    """A group that not all of its members have joined."""

    abi = (("bytes32", "group"),)
    group: bytes

    def explain(self) -> str:
        return f"not all members have joined the group {short_id(self.group)}"
