"""The real Permit2, as it is deployed on public chains, for chains of tests.

Its sources come with Uniswap's npm package, its compiler from npm too; nothing of it is copied
here. That the code is the real one shows in its address: on every chain Permit2 was created by the
deterministic deployer with CREATE2, so the address is a hash of exactly these bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.chains.base import Tx
from boomerang.relay.messages import PERMIT2

if TYPE_CHECKING:
    from boomerang.chains.base import Chain

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "node_modules" / "@uniswap" / "v4-periphery" / "lib" / "permit2"
SOLMATE = ("tokens/ERC20.sol", "utils/SafeTransferLib.sol")
CACHE = ROOT / "build" / "permit2"

DEPLOYER: Final = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""The deterministic deployer: 32 bytes of salt, then creation code; anvil has it from the start."""
DEPLOYER_CODE: Final = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)
SALT: Final = bytes.fromhex("d3af2663da51c10215000000").rjust(32, b"\0")


def created_at(deployer: str, salt: bytes, code: bytes) -> str:
    """The address that CREATE2 gives (EIP-1014)."""
    seen = b"\xff" + bytes.fromhex(deployer[2:]) + salt + keccak(code)
    return to_checksum_address(keccak(seen)[12:])


def _request() -> dict[str, Any]:
    """What its authors' foundry.toml makes of the sources."""
    profile = tomllib.loads((PACKAGE / "foundry.toml").read_text())["profile"]["default"]
    files = [*PACKAGE.glob("src/**/*.sol")]
    files += [PACKAGE / "lib/solmate/src" / file for file in SOLMATE]
    return {
        "language": "Solidity",
        "sources": {
            f.relative_to(PACKAGE).as_posix(): {"content": f.read_text()} for f in sorted(files)
        },
        "settings": {
            "remappings": ["solmate/=lib/solmate/"],
            "viaIR": profile["via_ir"],
            "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
            "metadata": {"bytecodeHash": profile["bytecode_hash"]},
            "outputSelection": {"src/Permit2.sol": {"Permit2": ["evm.bytecode.object"]}},
        },
    }


@cache
def creation_code() -> bytes:
    """Compiled on first use, which takes some seconds, and kept in build/."""
    request = json.dumps(_request(), sort_keys=True)
    place = CACHE / f"{hashlib.sha256(request.encode()).hexdigest()[:32]}.hex"
    if not place.is_file():
        run = subprocess.run(
            ["node", str(HERE / "solc17.mjs")],
            input=request,
            capture_output=True,
            text=True,
            check=True,
        )
        output = json.loads(run.stdout)
        errors = [
            e["formattedMessage"] for e in output.get("errors", ()) if e["severity"] == "error"
        ]
        assert not errors, "\n".join(errors)
        code = output["contracts"]["src/Permit2.sol"]["Permit2"]["evm"]["bytecode"]["object"]
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = place.with_suffix(f".{hashlib.sha256(code.encode()).hexdigest()[:8]}.new")
        fresh.write_text(code)
        fresh.replace(place)
    return bytes.fromhex(place.read_text())


def authors_code() -> bytes:
    """The deployed code on a chain of id 31337, as its authors' own test helper has it."""
    helper = (PACKAGE / "test/utils/DeployPermit2.sol").read_text()
    found = re.search(r'hex"([0-9a-f]+)"', helper)
    assert found is not None
    return bytes.fromhex(found[1])


def install(chain: Chain) -> None:
    """Create Permit2 at its address, by the deployer that created it everywhere."""
    if chain.code(PERMIT2):
        return
    if not chain.code(DEPLOYER):
        chain.set_code(DEPLOYER, DEPLOYER_CODE)
    receipt = chain.send(Tx(chain.accounts()[-1], DEPLOYER, SALT + creation_code()))
    assert receipt.ok
    assert chain.code(PERMIT2)
