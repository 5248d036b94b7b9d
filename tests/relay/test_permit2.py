"""The Permit2 of these tests is the one that everybody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eth_utils.crypto import keccak

from boomerang.chains import connect
from boomerang.chains.base import Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.relay.messages import PERMIT2, SigningDomain
from relay import permit2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains.base import Chain


def test_its_address_is_a_hash_of_its_code() -> None:
    code = permit2.creation_code()
    assert permit2.created_at(permit2.DEPLOYER, permit2.SALT, code) == PERMIT2
    spoiled = code[:-1] + bytes([code[-1] ^ 1])
    assert permit2.created_at(permit2.DEPLOYER, permit2.SALT, spoiled) != PERMIT2


def test_it_deploys_to_what_its_authors_test_with() -> None:
    chain = EmbeddedChain(chain_id=31337)  # which is part of the code, and of theirs
    permit2.install(chain)
    ours, theirs = chain.code(PERMIT2), permit2.authors_code()
    # They made theirs at another address, which the domain separator in it tells.
    separator = SigningDomain.of_permit2(31337).separator()
    start = ours.index(separator)
    assert ours.count(separator) == 1
    assert ours == theirs[:start] + separator + theirs[start + 32 :]


@pytest.fixture(
    params=[
        "pyrevm",
        "tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
    ]
)
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    chain = connect(request.param)
    yield chain
    chain.close()


def test_it_is_there_on_every_kind_of_chain(chain: Chain) -> None:
    permit2.install(chain)
    permit2.install(chain)  # twice does no harm
    asked = Tx(chain.accounts()[0], PERMIT2, keccak(text="DOMAIN_SEPARATOR()")[:4])
    assert chain.call(asked) == SigningDomain.of_permit2(chain.chain_id).separator()
