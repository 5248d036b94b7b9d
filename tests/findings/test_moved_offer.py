"""Alice sees Carol's x, floor x, and signs an offer of her y to it: she gives up looking at x and
what comes after, and keeps looking at Dave's d, which is older than x. Before Bob sends it, Carol
has x offer to something older still: now the same offer would sink Alice's floor below d, and her
decision "keep if kept(d)", already thought out, is invalid.

Relays: an offer is signed together with the floor and depth that it will record. One variant does
not compare them; the other compares what the sender says, which Alice has not signed.
"""

from __future__ import annotations

import pytest

from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.errors import OfferMoved, WrongSigner
from boomerang.model import Obstacle
from boomerang.relay.requests import OfferRequest
from findings.variants import Edit, Variant
from relay.stage import ALICE, BOB, BOND, CAROL, DAVE, EVE, FOREVER, SIGNER, Relays, registry_of

WITHOUT_COMPARISON = Variant(
    Edit("if (recordedFloor != floor || recordedDepth != depth) {", "if (depth > 255) {")
)
WITHOUT_SIGNING_IT = Variant(
    Edit(
        "abi.encode(OFFER_REQUEST_TYPEHASH, y, target, floor, depth, deadline)",
        "abi.encode(OFFER_REQUEST_TYPEHASH, y, target, CommitmentId.wrap(0), uint8(0), deadline)",
    )
)


def attack(stage: Relays, relabelled: bool = False, signs_zeros: bool = False) -> bool:
    """Whether Alice's y may no longer look at d, by an offer that she signed before x moved.

    `relabelled`: Bob writes the new floor and depth into the request himself. `signs_zeros`: what
    the variant that leaves them out has her sign.
    """
    registry = stage.registry

    def publish(who: str, nonce: int) -> bytes:
        content = Content(bytes(32), b"mine")
        made = registry.publish(content, bond=BOND, nonce=nonce, sender=who).commitment
        keys[made.id] = made
        return made.id

    keys = {}
    w, d, x, y = (publish(who, n) for n, who in enumerate((EVE, DAVE, CAROL, ALICE)))
    assert registry.may_condition(keys[y], keys[d]) is Obstacle.NONE
    own = {**stage.own(keys[y].key), "deadline": FOREVER, "target": x}
    signed = OfferRequest(**own, floor=x, depth=1).sign(SIGNER)
    if signs_zeros:
        signed = OfferRequest(**own, floor=bytes(25), depth=0).sign(SIGNER)
    registry.offer(keys[x], w)
    if relabelled:
        signed = signed.model_copy(update={"floor": w, "depth": 2})
    stage.raw(signed, sender=BOB)
    return registry.may_condition(keys[y], keys[d]) is Obstacle.NOT_OFFERED


def test_succeeds_without_the_comparison() -> None:
    assert attack(Relays(registry=registry_of(Interface(WITHOUT_COMPARISON.artifact()))))


def test_succeeds_where_they_are_not_signed() -> None:
    stage = Relays(registry=registry_of(Interface(WITHOUT_SIGNING_IT.artifact())))
    assert attack(stage, relabelled=True, signs_zeros=True)


def test_fails_against_the_registry() -> None:
    with pytest.raises(OfferMoved):
        attack(Relays())
    with pytest.raises(WrongSigner):
        attack(Relays(), relabelled=True)
