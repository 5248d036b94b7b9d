"""`boomerang relay`: requests from one hand to another, on the built-in chain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.chains.signers import dev_signer
from boomerang.cli import cli
from boomerang.cli.networks import EMBEDDED_FILE
from boomerang.client import Erc20
from boomerang.content import Clauses, Content, Payment
from boomerang.identity import ZERO_ADDRESS, Domain
from boomerang.relay.messages import PERMIT2
from boomerang.relay.requests import PublishRequest
from boomerang.store import Store
from relay import permit2
from relay.stage import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

ALICE = DEV_ACCOUNTS["alice"]


@dataclass
class Shell:
    """Runs commands in one home, and says what they must end with."""

    home: Path
    there: Path

    def __call__(self, *words: str, code: int = 0, typed: str | None = None) -> Result:
        result = CliRunner(mix_stderr=False).invoke(cli, list(words), input=typed)
        said = f"{words}: {result.exit_code}\n{result.stdout}\n{result.stderr}"
        assert result.exit_code == code, said
        return result

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)

    def error(self, *words: str, code: int, name: str) -> str:
        told = self.json(*words, code=code)["error"]
        assert (told["name"], told["exitCode"]) == (name, code)
        return str(told["message"])

    def file(self, name: str) -> str:
        return str(self.there / f"{name}.json")

    def phase(self, what: str) -> str:
        (found,) = self.json("status", what)["commitments"]
        return str(found["phase"])

    def balance(self, who: str) -> int:
        chain = EmbeddedChain.open(self.home / EMBEDDED_FILE)
        try:
            return chain.balance(DEV_ACCOUNTS[who])
        finally:
            chain.close()

    def openings(self, what: str) -> int:
        """How many are kept of a commitment."""
        (found,) = self.json("status", what)["commitments"]
        return len(Store(self.home).openings(bytes.fromhex(found["id"][2:])))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    home = tmp_path / "home"
    monkeypatch.setenv("BOOMERANG_HOME", str(home))
    for name in ("BOOMERANG_NETWORK", "BOOMERANG_ACCOUNT", "BOOMERANG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    shell = Shell(home, tmp_path)
    shell("deploy", "--account", "carol")
    return shell


@pytest.fixture
def signed(shell: Shell) -> Shell:
    """Alice's request to publish, in a file."""
    words = ("--account", "alice", "--bond", "1000", "--nonce", "7", "--valid-for", "60")
    shell("relay", "sign", "publish", "I give way", *words, "--out", shell.file("publish"))
    return shell


def published(shell: Shell) -> None:
    shell("relay", "send", shell.file("publish"), "--account", "bob", "--as", "A1")


def test_alice_signs_and_bob_publishes(signed: Shell) -> None:
    had = signed.balance("bob")
    shown = signed("relay", "show", signed.file("publish")).stdout
    assert "publish 'I give way', bond 1000 wei, for alice" in shown
    assert "Good until" in shown
    told = signed.json("relay", "send", signed.file("publish"), "--account", "bob", "--as", "A1")
    assert (told["action"], told["committer"], told["paid"]) == ("publish", ALICE, 1000)
    assert told["events"] == ["Published"]
    assert signed.balance("bob") == had - 1000
    assert signed.phase("A1") == "Tentative"
    again = signed.error(
        "relay", "send", signed.file("publish"), code=1, name="Boomerang_AlreadyPublished"
    )
    assert "published" in again


def test_a_whole_life_by_signature(signed: Shell) -> None:
    """Alice's account sends nothing at all."""
    published(signed)
    signed("embedded", "advance", "10")
    sealing = signed.file("seal")
    text = signed("relay", "sign", "seal", "A1", "keep", "--out", sealing).stdout
    assert "Signed: seal A1" in text
    signed("relay", "send", sealing, "--account", "bob")
    assert signed.phase("A1") == "Sealed"
    assert signed.openings("A1") == 1
    signed("embedded", "advance", "60")
    signed("open", "A1", "--account", "bob")
    assert signed.phase("A1") == "Kept"


def test_a_request_may_come_through_a_pipe(signed: Shell) -> None:
    published(signed)
    text = signed("relay", "sign", "revoke", "A1").stdout
    assert json.loads(text)["action"] == "revoke"
    assert "revoke A1" in signed("relay", "show", "-", typed=text).stdout
    said = signed("relay", "send", "-", typed=text).stdout
    assert said.strip() == "Done: revoke A1, for alice."
    assert signed.phase("A1") == "Revoked"


def test_offers_and_declines(signed: Shell) -> None:
    signed("publish", "first", "--account", "carol", "--as", "C1")
    published(signed)
    offering, refusal, final = map(signed.file, ("offer", "decline", "all"))
    told = signed.json("relay", "sign", "offer", "A1", "--to", "C1", "--out", offering)
    assert (told["request"]["floor"], told["request"]["depth"]) == (told["request"]["target"], 1)
    shown = signed("relay", "show", offering).stdout
    assert "offer A1 to C1, floor C1, depth 1" in shown
    signed("relay", "send", offering)
    signed("embedded", "advance", "10")
    signed("relay", "sign", "decline", "C1", "--offer", "A1", "--out", refusal)
    assert "decline the offer of A1 to C1" in signed("relay", "send", refusal).stdout
    signed("relay", "sign", "decline", "C1", "--all", "--out", final)
    assert signed.json("relay", "send", final)["events"] == ["DeclinedAll"]
    signed.error("relay", "sign", "decline", "C1", code=2, name="InvalidInput")
    signed.error(
        "relay", "sign", "decline", "C1", "--all", "--offer", "A1", code=2, name="InvalidInput"
    )


def test_an_offer_whose_target_moves(signed: Shell) -> None:
    signed("publish", "older", "--account", "bob", "--as", "B1")
    signed("publish", "first", "--account", "carol", "--as", "C1")
    published(signed)
    signed("relay", "sign", "offer", "A1", "--to", "C1", "--out", signed.file("offer"))
    signed("offer", "C1", "--to", "B1", "--account", "carol")
    said = signed.error("relay", "send", signed.file("offer"), code=1, name="Boomerang_OfferMoved")
    assert "floor B1 and depth 2, which is not what was signed" in said
    told = signed.json("relay", "sign", "offer", "A1", "--to", "C1", "--out", signed.file("offer"))
    assert told["request"]["depth"] == 2
    signed("relay", "send", signed.file("offer"))


def test_joining_a_group(signed: Shell) -> None:
    published(signed)
    signed("publish", "mine", "--account", "carol", "--as", "C1")
    for name in ("A1", "C1"):
        other = {"A1": "C1", "C1": "A1"}[name]
        signed("relay", "sign", "join", name, other, "--out", signed.file(name))
    assert "join A1 to the group of " in signed("relay", "send", signed.file("A1")).stdout
    assert signed.json("relay", "send", signed.file("C1"))["events"] == ["Joined", "Completed"]


def test_a_seal_that_would_be_invalid(signed: Shell) -> None:
    published(signed)
    signed("embedded", "advance", "10")
    words = ("relay", "sign", "seal", "A1", "keep if kept(A1)")
    signed.error(*words, code=2, name="WouldBeInvalid")
    assert signed.openings("A1") == 0
    signed(*words, "--force", "--out", signed.file("seal"))
    assert signed.openings("A1") == 1


def test_a_seals_signature_is_good_until_the_freeze_at_most(signed: Shell) -> None:
    published(signed)
    words = ("relay", "sign", "seal", "A1", "keep", "--valid-for", "100000")
    deadline = signed.json(*words)["deadline"]
    (found,) = signed.json("status", "A1")["commitments"]
    assert deadline == found["freezeAt"] - 1


# ------------------------------------------------------------------------------------ refusals


def test_after_its_time(signed: Shell) -> None:
    signed("embedded", "advance", "61")
    shown = signed.json("relay", "show", signed.file("publish"))
    assert not shown["good"]
    assert "the signature was good until" in shown["problem"]
    assert "Not good: " in signed("relay", "show", signed.file("publish")).stdout
    said = signed.error(
        "relay", "send", signed.file("publish"), code=1, name="Boomerang_SignatureExpired"
    )
    assert "the signature was good until" in said


def edit(shell: Shell, **fields: Any) -> str:
    written = json.loads((shell.there / "publish.json").read_text())
    edited = shell.there / "edited.json"
    edited.write_text(json.dumps({**written, **fields}))
    return str(edited)


def test_what_was_changed_on_the_way(signed: Shell) -> None:
    told = json.loads((signed.there / "publish.json").read_text())
    body = "0x" + b"I never give way".hex()
    said = signed.error("relay", "send", edit(signed, body=body), code=2, name="MalformedRequest")
    assert "id: " in said
    without = {key: value for key, value in told.items() if key != "id"}
    edited = signed.there / "without.json"
    edited.write_text(json.dumps({**without, "body": body}))
    said = signed.error("relay", "send", str(edited), code=1, name="Boomerang_WrongSigner")
    assert "alice must sign" in said


def test_from_elsewhere(signed: Shell) -> None:
    signed("deploy", "--account", "carol")  # and from now on this is the registry in use
    said = signed.error("relay", "send", signed.file("publish"), code=2, name="WrongPlace")
    assert "this was signed for the registry 0x" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{}", "format: must be 'boomerang-relay/1'"),
        ('{"format": "boomerang-relay/1", "action": "steal"}', "action: must be one of"),
        ('{"format": "boomerang-relay/1", "action": "revoke"}', "chainId: is missing"),
    ],
)
def test_files_that_are_no_requests(shell: Shell, text: str, said: str) -> None:
    (shell.there / "bad.json").write_text(text)
    for command in ("show", "send"):
        told = shell.error("relay", command, shell.file("bad"), code=2, name="MalformedRequest")
        assert said in told


def test_files_that_are_not_there(shell: Shell) -> None:
    assert "nowhere.json" in shell("relay", "send", shell.file("nowhere"), code=2).stderr
    (shell.there / "publish.json").mkdir()
    words = ("relay", "sign", "publish", "x", "--account", "alice")
    shell(*words, "--out", shell.file("publish"), code=2)
    missing = str(shell.there / "no" / "such" / "folder.json")
    said = shell.error(*words, "--out", missing, code=2, name="NotWritable")
    assert missing in said


def test_only_the_owner_signs(signed: Shell) -> None:
    published(signed)
    words = ("relay", "sign", "revoke", "A1", "--account", "bob")
    said = signed.error(*words, code=2, name="InvalidInput")
    assert said == "alice must sign this, not bob"
    signed("embedded", "advance", "10")
    words = ("relay", "sign", "seal", "A1", "keep", "--account", "bob")
    signed.error(*words, code=2, name="InvalidInput")
    assert signed.openings("A1") == 0


def test_a_name_for_what_is_published_only(signed: Shell) -> None:
    published(signed)
    signed("relay", "sign", "revoke", "A1", "--out", signed.file("revoke"))
    words = ("relay", "send", signed.file("revoke"), "--as", "A2")
    signed.error(*words, code=2, name="InvalidInput")
    assert signed.phase("A1") == "Tentative"


def test_help_says_what_there_is(shell: Shell) -> None:
    listed = shell("relay", "--help").stdout
    assert all(word in listed for word in ("sign", "show", "send"))
    actions = shell("relay", "sign", "--help").stdout
    for action in ("publish", "seal", "revoke", "offer", "decline", "join"):
        assert action in actions


def test_an_escrow_that_was_signed_elsewhere(signed: Shell) -> None:
    """Made with the SDK; whoever sends it puts up the ether as well."""
    written = json.loads((signed.there / "publish.json").read_text())
    place = Domain(written["chainId"], written["registry"])
    paid = Payment(DEV_ACCOUNTS["dave"], ZERO_ADDRESS, 70)
    content = Content(bytes(32), b"I pay", Clauses.covering([paid]))
    key = content.key(ALICE, 9, 1000)
    request = PublishRequest(
        chain_id=place.chain_id,
        registry=place.registry,
        committer=ALICE,
        stake=key.stake,
        topic=content.topic,
        body=content.body,
        deadline=written["deadline"],
    ).sign(dev_signer("alice"))
    (signed.there / "escrow.json").write_text(request.to_json())
    shown = signed("relay", "show", signed.file("escrow")).stdout
    assert "publish 'I pay' with clauses, bond 1000 wei, for alice" in shown
    assert signed.json("relay", "send", signed.file("escrow"))["paid"] == 1070


# ------------------------------------------------------------------------------------- escrows


@pytest.fixture
def gold(shell: Shell) -> str:
    """A token on the built-in chain, of which Alice has 100; with Permit2 beside it."""
    chain = EmbeddedChain.open(shell.home / EMBEDDED_FILE)
    try:
        made = chain.send(Tx(ALICE, None, TOKEN.creation("Gold", "GOLD")))
        assert made.contract is not None
        mint = TOKEN.functions["mint"].encode(ALICE, 100)
        assert chain.send(Tx(ALICE, made.contract, mint)).ok
        permit2.install(chain)
        allow = Erc20(chain, made.contract).tx_approve(ALICE, PERMIT2, 1 << 255)
        assert chain.send(allow).ok
        return made.contract
    finally:
        chain.close()


@pytest.mark.parametrize("way", ["permit", "permit2"])
def test_an_escrow_of_tokens_by_one_more_signature(shell: Shell, gold: str, way: str) -> None:
    words = ("--pay", f"dave=5@{gold}", "--pay", "dave=9", "--account", "alice")
    sign = ("relay", "sign", "publish", "I pay", *words, "--out", shell.file("publish"))
    shell(*sign, "--funding", way)
    told = shell.json("relay", "send", shell.file("publish"), "--account", "bob")
    assert told["paid"] == 9
    chain = EmbeddedChain.open(shell.home / EMBEDDED_FILE)
    try:
        assert Erc20(chain, gold).balance_of(ALICE) == 95
    finally:
        chain.close()


def test_an_escrow_that_is_not_covered_is_not_signed(shell: Shell, gold: str) -> None:
    sign = ("relay", "sign", "publish", "I pay", "--account", "alice")
    many = ("--pay", f"dave=101@{gold}", "--funding", "permit2")
    shell.error(*sign, *many, code=1, name="NotFunded")
    shell.error(*sign, "--pay", f"dave=5@{gold}", code=1, name="NotFunded")  # no allowance given
    shell(*sign, "--pay", "dave=5", "--out", shell.file("ether"))
    assert shell.json("relay", "send", shell.file("ether"))["paid"] == 5


def test_calls_must_be_retriable_however_late_it_is_sent(shell: Shell) -> None:
    """The deadline is counted from the last second in which it may be published."""
    call = (
        "--call",
        "target=dave,amount=1,remainder=alice",
        "--account",
        "alice",
        "--deadline",
        "+500",
    )
    sign = ("relay", "sign", "publish", "I call", *call)
    shell(*sign, "--valid-for", "40", "--out", shell.file("soon"))
    shell.error(*sign, "--valid-for", "400", code=1, name="Boomerang_DeadlineTooEarly")
