"""The same on eth-tester and on a node: every funding, the real Permit2, a smart account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang import errors
from boomerang.chains import connect
from boomerang.client import permits
from boomerang.content import Content
from boomerang.model import Phase
from relay.stage import ALICE, BOB, BOND, FOREVER, SIGNER, Relays

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(
    params=["tester", pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network])]
)
def stage(request: pytest.FixtureRequest) -> Iterator[Relays]:
    chain = connect(request.param)
    yield Relays(chain)
    chain.close()


def test_every_funding_and_every_account(stage: Relays) -> None:
    registry = stage.registry
    tokens = stage.tokens(ALICE)
    content = stage.content(*tokens)
    assert content.clauses is not None
    escrow = content.clauses.escrow

    stage.let_permit2(ALICE, *tokens)
    key = stage.key(content)
    funding = permits.by_permit2(registry, key, escrow, FOREVER, SIGNER)
    request = stage.publication(content, key, funding)
    registry.relay(request, sender=BOB)
    with pytest.raises(errors.AlreadyPublished):
        registry.relay(request, sender=BOB)

    funding = permits.by_permits(registry, escrow, ALICE, FOREVER, SIGNER)
    registry.relay(stage.publication(content, stage.key(content), funding), sender=BOB)

    for token in tokens:
        stage.approve(token, ALICE, stage.enforcer, 7)
    registry.relay(stage.publication(content, stage.key(content)), sender=BOB)
    assert [stage.balance(token, stage.enforcer) for token in tokens] == [21, 21]
    assert stage.chain.balance(stage.enforcer) == 3 * 50

    plain = Content(bytes(32), b"as a contract")
    by_code = stage.publication(plain, plain.key(stage.wallet(ALICE), 1, BOND))
    registry.relay(by_code, sender=BOB)
    assert registry.phase(by_code.id) is Phase.TENTATIVE
