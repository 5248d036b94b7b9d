"""Alice has Bob publish for her, within the minute: she means today's road. Bob holds her signature
back, and publishes it when it suits him, long after: she is bound to think about it then, or to let
it lapse in public. Whoever signs for others to send must be able to say until when.

Relays: a signature is good until its deadline. The variant does not look.
"""

from __future__ import annotations

import pytest

from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.errors import SignatureExpired
from boomerang.model import Phase
from findings.variants import Edit, Variant
from relay.stage import BOB, Relays, registry_of

WITHOUT_DEADLINE = Variant(Edit("if (block.timestamp > deadline) {", "if (deadline == 0) {"))
A_DAY = 24 * 3600


def attack(stage: Relays) -> bool:
    content = Content(bytes(32), b"I give way, today")
    deadline = stage.chain.now() + 60
    request = stage.publication(content, stage.key(content), deadline=deadline)
    stage.at(deadline + A_DAY, stage.registry.tx_relay(request, sender=BOB))
    return stage.registry.phase(request.id) is Phase.TENTATIVE


def test_succeeds_without_the_defence() -> None:
    assert attack(Relays(registry=registry_of(Interface(WITHOUT_DEADLINE.artifact()))))


def test_fails_against_the_registry() -> None:
    with pytest.raises(SignatureExpired):
        attack(Relays())
