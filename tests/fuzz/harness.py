"""The libraries that a fuzz test asks, on an EVM in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyrevm
from eth_abi.abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.artifacts import load
from boomerang.client.abi import split_types
from boomerang.parameters import Parameters
from stateful.world import mock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHAIN_ID = 31337
CALLER = "0x" + "aa" * 20

# The gas that one decision may take, whatever its bytes: to be found well formed or not, to have
# its atoms listed, and to be evaluated. test_gas_is_bounded measures 523,185 for the dearest.
DECISION_GAS = 600_000


class Refused(Exception):
    """The contract reverted, with this data."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.hex())
        self.data = data


class Harness:
    """The registry and contracts/mocks/DecisionsHarness.sol, each at its address."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        config = pyrevm.CfgEnv(chain_id=CHAIN_ID)
        self._evm = pyrevm.EVM(env=pyrevm.Env(cfg=config), gas_limit=10**12, spec_id="Cancun")
        values = tuple((parameters or Parameters()).to_abi().values())
        (entry,) = (e for e in load("Boomerang").abi if e["type"] == "constructor")
        kinds = ",".join(part["type"] for part in entry["inputs"][0]["components"])
        creation = load("Boomerang").bytecode + encode([f"({kinds})"], [values])
        self.registry = self._deploy(creation)
        self.libraries = self._deploy(mock("DecisionsHarness", "bytecode"))
        self._evm.set_balance(CALLER, 10**40)
        self._evm.set_block_env(pyrevm.BlockEnv(number=9, timestamp=1000, gas_limit=10**12))

    def _deploy(self, creation: bytes) -> str:
        return str(to_checksum_address(self._evm.deploy(CALLER, creation, 0, 30_000_000)))

    def ask(
        self,
        to: str,
        signature: str,
        values: Sequence[object],
        answers: str,
        gas: int = 10**10,
        value: int = 0,
    ) -> tuple[object, ...]:
        """Call a function and undo it. Raises Refused; anything but an answer or a revert fails."""
        name, _, kinds = signature.partition("(")
        data = keccak(text=signature)[:4] + encode(split_types(kinds[:-1]), values)
        before = self._evm.snapshot()
        try:
            output: bytes = self._evm.message_call(CALLER, to, data, value, gas)
        except RuntimeError as error:
            text = str(error)
            at = text.find("output: 0x")
            if not text.startswith("Revert {") or at < 0:
                raise AssertionError(f"{name} halted: {text}") from None
            raise Refused(bytes.fromhex(text[at + 10 : text.index(" ", at + 10)])) from None
        finally:
            self._evm.revert(before)
        return tuple(decode(split_types(answers), output))

    def judge(
        self, programs: Iterable[tuple[bytes, int]], limit: int = DECISION_GAS
    ) -> tuple[list[tuple[bool, bool, int]], int]:
        """For each program with its answers (bit i: whether the i-th atom is kept): whether it is
        well formed, what it comes to, and how many atoms it has; and the most gas that one took.
        """
        data = b"".join(
            len(program).to_bytes(2, "big") + answers.to_bytes(4, "big") + program
            for program, answers in programs
        )
        verdicts, most = self.ask(
            self.libraries, "judge(bytes,uint256)", (data, limit), "bytes,uint256"
        )
        assert isinstance(verdicts, bytes)
        assert isinstance(most, int)
        return [(bool(v & 1), bool(v & 2), v >> 2) for v in verdicts], most
