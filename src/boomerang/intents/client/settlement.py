"""A settlement on a chain, as Python: typed actions, typed views, and its history.

    settlement = Settlement(chain, address)
    settlement.allow(intent.sell, sender=alice)
    order = Order.of(intent, settlement.sign(intent, signer))
    settlement.settle(batch_of([order, other], cycle((0, 0, x), (1, 0, y))))

Each action sends one transaction and waits for it: it returns a `Done`, or raises the settlement's
own error (`boomerang.intents.errors`). `tx_…` builds the same transaction without sending it;
`outcome` then reads the receipt.

What belongs to a maker is sent by that account, anything else by the settlement's `sender`;
`sender=` overrides both. Accounts and contracts that are called are checksummed addresses, as in
`boomerang.client`; what stands in messages, tokens too, are 20 bytes. Amounts are in a token's
smallest unit, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from eth_utils.address import to_checksum_address

from boomerang.arenas.sending import sent
from boomerang.chains.base import CallReverted, Tx
from boomerang.client.contracts import interface
from boomerang.client.tokens import Erc20
from boomerang.errors import InvalidInput, NotFunded, decode_error
from boomerang.intents.batch import Order
from boomerang.intents.client import nonces, programs
from boomerang.intents.client.book import Book, checksummed
from boomerang.intents.client.contracts import BOOK, SETTLEMENT, Contracts, raw
from boomerang.intents.client.dryrun import DryRun, NoDryRun
from boomerang.intents.client.nonces import NonceState
from boomerang.intents.client.state import State, place, pops
from boomerang.intents.client.uniswap import PAIR_CODE_HASH, Factory
from boomerang.intents.message import MAX_AMOUNT, Intent, IntentDomain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from boomerang.chains.base import Chain, Receipt, Signer
    from boomerang.errors import ChainError
    from boomerang.intents.batch import Batch
    from boomerang.intents.client.dryrun import Verdict
    from boomerang.intents.client.events import Event

UNLIMITED = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was accepted: its receipt, and what the settlement logged."""

    receipt: Receipt
    events: tuple[Event, ...]

    @property
    def gas_used(self) -> int:
        """What the transaction paid for."""
        return self.receipt.gas_used


class Settlement:
    """A settlement at an address.

    `sender` sends what belongs to nobody in particular: by default the signer's account, else the
    chain's first. With a `signer` every transaction is signed by it, and its account must be the
    sender; without one the chain must hold the senders' keys. `dry_run`: the view beside it.
    `from_block`: its first block, where that is known.
    """

    def __init__(
        self,
        chain: Chain,
        address: str,
        signer: Signer | None = None,
        *,
        sender: str | None = None,
        dry_run: str | None = None,
        from_block: int = 0,
    ) -> None:
        self.chain = chain
        self.contracts = Contracts(chain, address)
        self.address = self.contracts.settlement
        self.domain = IntentDomain(chain.chain_id, raw(self.address))
        self.signer = signer
        self.dry_run_address = dry_run
        self.from_block = from_block
        self._sender = sender

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        registry: str,
        factory: str,
        pair_code_hash: bytes = PAIR_CODE_HASH,
        *,
        sender: str | None = None,
        signer: Signer | None = None,
    ) -> Self:
        """Deploy one on any network, beside a registry and a Uniswap V2 factory. Raises
        errors.BadParameter and the chain's errors.
        """
        who = sender or (signer.address if signer else chain.accounts()[0])
        receipt = sent(chain, cls.tx_deploy(who, registry, factory, pair_code_hash), signer)
        start = receipt.block.number
        return cls(chain, str(receipt.contract), signer, sender=sender, from_block=start)

    @staticmethod
    def tx_deploy(
        sender: str, registry: str, factory: str, pair_code_hash: bytes = PAIR_CODE_HASH
    ) -> Tx:
        """The transaction that creates a settlement."""
        return Tx(sender, None, interface(SETTLEMENT).creation(registry, factory, pair_code_hash))

    @property
    def sender(self) -> str:
        """Who sends what belongs to nobody in particular."""
        if self._sender is None:
            self._sender = self.signer.address if self.signer else self.chain.accounts()[0]
        return self._sender

    def with_signer(self, signer: Signer) -> Settlement:
        """The same settlement for another account."""
        return Settlement(
            self.chain,
            self.address,
            signer,
            dry_run=self.dry_run_address,
            from_block=self.from_block,
        )

    # ----------------------------------------------------------------------------- sending

    def send(self, tx: Tx) -> Done:
        """Send one transaction. Raises the settlement's error where it is refused."""
        if self.signer is not None and self.signer.address != tx.sender:
            raise InvalidInput(f"{tx.sender} must send this; the signer is {self.signer.address}")
        try:
            receipt = self.chain.send(tx, self.signer)
        except CallReverted as error:
            raise decode_error(error.data) from None
        return self.outcome(receipt)

    def outcome(self, receipt: Receipt) -> Done:
        """What became of a transaction that was mined. Raises the settlement's error."""
        if not receipt.ok:
            raise decode_error(receipt.output)
        return Done(receipt, tuple(self.contracts.read(receipt.logs)))

    def _tx(self, sender: str, function: str, *values: Any) -> Tx:
        return Tx(sender, self.address, interface(SETTLEMENT).functions[function].encode(*values))

    # ----------------------------------------------------------------------------- signing

    def hash(self, intent: Intent) -> bytes:
        """The EIP-712 hash, computed here; `contract_hash` asks the contract."""
        return intent.hash(self.domain)

    def contract_hash(self, order: Order) -> bytes:
        """As the contract computes it, from an order with any branches as hashes."""
        answer: bytes = self.view("hash", order.encode())
        return answer

    def sign(self, intent: Intent, signer: Signer) -> bytes:
        """The maker's signature: 65 bytes over the whole program. Raises InvalidInput where the
        signer is another account; a wallet that is a contract signs in its own way.
        """
        if raw(signer.address) != intent.maker:
            maker = to_checksum_address(intent.maker)
            raise InvalidInput(f"{maker} must sign this; the signer is {signer.address}")
        return signer.sign_typed_data(self.domain.typed_data(intent))

    # ---------------------------------------------------------------------------- settling

    def settle(self, batch: Batch, *, sender: str | None = None) -> Done:
        """Settle a batch: all of it, or nothing. By anyone."""
        return self.send(self.tx_settle(batch, sender=sender))

    def tx_settle(self, batch: Batch, *, sender: str | None = None) -> Tx:
        return self._tx(sender or self.sender, "settle", *batch.to_abi())

    def would(self, tx: Tx, at: int | None = None) -> ChainError | None:
        """What a transaction would be refused with, as if at second `at`; None if it would not."""
        try:
            self.chain.call(tx, at)
        except CallReverted as error:
            return decode_error(error.data)
        return None

    def dry_run(self, orders: Iterable[Order], at: int | None = None) -> list[Verdict]:
        """What stands in the way of each order, by the view beside the settlement. Raises NoDryRun
        where none is known.
        """
        if self.dry_run_address is None:
            raise NoDryRun(self.address)
        return DryRun(self.chain, self.dry_run_address).check(orders, at)

    # ---------------------------------------------------------------------------- the book

    def post(
        self,
        intent: Intent,
        *,
        after: int | None = None,
        pops: int | None = None,
        sender: str | None = None,
    ) -> Done:
        """Post an intent in parts whose first branch is a direct swap. First it fills what it
        crosses, past at most `pops` entries (by default all that cross it now, and a few more);
        what is left is listed, behind the entry `after` if that is right (by default the one that
        it belongs behind now).

        Only its maker may, and needs no signature: by default the maker sends it.
        """
        return self.send(self.tx_post(intent, after=after, pops=pops, sender=sender))

    def tx_post(
        self,
        intent: Intent,
        *,
        after: int | None = None,
        pops: int | None = None,
        sender: str | None = None,
    ) -> Tx:
        who = sender or str(to_checksum_address(intent.maker))
        if after is None or pops is None:
            found = self.state()
            after = self.place(intent, found) if after is None else after
            pops = self.pops(intent, found) if pops is None else pops
        return self._tx(who, "post", Order.of(intent, b"", 1).encode(), after, pops)

    def place(self, intent: Intent, state: State | None = None) -> int:
        """The number of the entry behind which an intent would be listed now; 0: at the head."""
        branch = intent.branches[0]
        own = (state or self.state()).entries(intent.sell, branch.buy)
        return place(own, intent.amount, branch.least)

    def pops(self, intent: Intent, state: State | None = None, branch: int = 0) -> int:
        """Enough pops for an intent to walk past all entries that its branch crosses now."""
        limit = intent.branches[branch]
        reverse = (state or self.state()).entries(limit.buy, intent.sell)
        return pops(reverse, intent.amount, limit.least)

    def unpost(self, sell: bytes, buy: bytes, number: int, *, sender: str | None = None) -> Done:
        """Take one's own entry out of the book: by default its maker does."""
        who = sender or str(to_checksum_address(self.book.entry(sell, buy, number).maker))
        return self.send(self.tx_unpost(sell, buy, number, who))

    def tx_unpost(self, sell: bytes, buy: bytes, number: int, sender: str) -> Tx:
        return self._tx(sender, "unpost", *checksummed(sell, buy), number)

    def sweep_dead(
        self, sell: bytes, buy: bytes, pops: int | None = None, *, sender: str | None = None
    ) -> Done:
        """Take dead entries off the head of a list; by default all that stand there."""
        return self.send(self.tx_sweep_dead(sell, buy, pops, sender=sender))

    def tx_sweep_dead(
        self, sell: bytes, buy: bytes, pops: int | None = None, *, sender: str | None = None
    ) -> Tx:
        if pops is None:
            pops = self.book.dead(sell, buy)
        return self._tx(sender or self.sender, "sweepDead", *checksummed(sell, buy), pops)

    # ------------------------------------------------------------- nonces and approvals

    def cancel(self, which: Iterable[int], *, sender: str | None = None) -> list[Done]:
        """Cancel nonces of the sender: one transaction for each word that they are in."""
        words = nonces.by_word(which).items()
        return [self.cancel_word(word, bits, sender=sender) for word, bits in words]

    def cancel_word(self, word: int, bits: int = nonces.ALL, *, sender: str | None = None) -> Done:
        """Cancel the nonces 128 * word + i of the sender, for the bits i; by default all 128."""
        return self.send(self.tx_cancel_word(word, bits, sender=sender))

    def tx_cancel_word(self, word: int, bits: int, *, sender: str | None = None) -> Tx:
        return self._tx(sender or self.sender, "cancel", word, bits)

    def nonce_state(self, maker: bytes, nonce: int) -> NonceState:
        """Whether a nonce is unused, open for one intent, or used."""
        word, _ = divmod(nonce, nonces.WORD_SIZE)
        return nonces.state_in(self.nonce_word(maker, word), nonce)

    def nonce_word(self, maker: bytes, word: int) -> int:
        """128 nonces: bit i says used, bit 128 + i filled in part."""
        answer: int = self.view("nonces", to_checksum_address(maker), word)
        return answer

    def free_nonce(self, maker: bytes, avoid: Collection[int] = ()) -> int:
        """A nonce that was never used on chain, in a word that is cheap to write (`client.nonces`).
        `avoid`: those of intents that were signed and are not filled yet.
        """
        return nonces.choose(lambda word: self.nonce_word(maker, word), avoid)

    def sold_in_part(self, intent: Intent) -> int:
        """What an intent in parts has sold so far outside of the book, while it may go on; else 0
        (`state().sold` knows of all).
        """
        if self.nonce_state(intent.maker, intent.nonce) is not NonceState.OPEN:
            return 0
        part: int = self.view("parts", to_checksum_address(intent.maker), intent.nonce)
        mine = part >> 112 == int.from_bytes(self.hash(intent), "big") >> 112
        return part & MAX_AMOUNT if mine else 0

    def approve(
        self, intent: Intent | bytes, approved: bool = True, *, sender: str | None = None
    ) -> Done:
        """Have an intent of the sender's (or its hash) count without a signature, or no more."""
        return self.send(self.tx_approve(intent, approved, sender=sender))

    def tx_approve(
        self, intent: Intent | bytes, approved: bool = True, *, sender: str | None = None
    ) -> Tx:
        if isinstance(intent, bytes):
            return self._tx(sender or self.sender, "approve", intent, approved)
        who = sender or str(to_checksum_address(intent.maker))
        return self._tx(who, "approve", self.hash(intent), approved)

    def approved(self, maker: bytes, intent_hash: bytes) -> bool:
        """Whether the maker approved an intent on chain."""
        return bool(self.view("approvals", to_checksum_address(maker), intent_hash))

    def announce(self, intent: Intent, *, sender: str | None = None) -> Done:
        """Say a program aloud that cannot be posted: it forbids nothing. By default its maker
        does (`client.programs.announced` reads it).
        """
        return self.send(self.tx_announce(intent, sender=sender))

    def tx_announce(self, intent: Intent, *, sender: str | None = None) -> Tx:
        who = sender or str(to_checksum_address(intent.maker))
        data = interface(BOOK).functions["announce"]
        return Tx(who, self.book.address, data.encode(self.hash(intent), programs.encode(intent)))

    # ------------------------------------------------------------------------------ tokens

    def allow(self, token: bytes, amount: int = UNLIMITED, *, sender: str | None = None) -> Done:
        """Let the settlement move the sender's tokens: only ever what an intent of its allows."""
        return self.send(self.tx_allow(token, amount, sender=sender))

    def tx_allow(self, token: bytes, amount: int = UNLIMITED, *, sender: str | None = None) -> Tx:
        return self.token(token).tx_approve(sender or self.sender, self.address, amount)

    def movable(self, owner: bytes, token: bytes) -> int:
        """How much of a token the settlement could move now: its owner's balance, or allowance."""
        who, erc20 = str(to_checksum_address(owner)), self.token(token)
        return min(erc20.balance_of(who), erc20.allowance(who, self.address))

    def check_funds(self, intent: Intent) -> None:
        """Refuse, before anything is signed or sent, an intent that its maker's tokens do not cover
        or that the settlement may not move. Raises NotFunded.
        """
        who, erc20 = str(to_checksum_address(intent.maker)), self.token(intent.sell)
        has, may = erc20.balance_of(who), erc20.allowance(who, self.address)
        if has < intent.amount:
            raise NotFunded(f"{who} has {has} of {erc20.address}; the intent sells {intent.amount}")
        if may < intent.amount:
            raise NotFunded(
                f"the settlement {self.address} may move {may} of {who}'s {erc20.address}; the "
                f"intent sells {intent.amount}: allow it first"
            )

    def token(self, token: bytes) -> Erc20:
        """A token: what accounts have of it."""
        return Erc20(self.chain, str(to_checksum_address(token)))

    # ------------------------------------------------------------------------------- views

    def view(self, function: str, *values: Any, at: int | None = None) -> Any:
        """Any view by its name, with ABI values; `at` asks as if it were that second.

        Raises the settlement's errors, and UnexpectedAnswer where the address has no settlement.
        """
        return self.contracts.view(SETTLEMENT, function, *values, at=at)

    @cached_property
    def book(self) -> Book:
        """Its book, as the chain has it."""
        return Book(self.contracts)

    @cached_property
    def registry(self) -> str:
        """The registry that its guards ask."""
        return str(self.view("registry"))

    @cached_property
    def factory(self) -> Factory:
        """The factory whose pairs it routes through."""
        return Factory(self.chain, self.view("factory"), self.view("pairCodeHash"))

    # ----------------------------------------------------------------------------- history

    def history(self, from_block: int | None = None) -> list[Event]:
        """All that it has logged, oldest first."""
        start = self.from_block if from_block is None else from_block
        return list(self.contracts.read(self.contracts.logs(start)))

    def state(self) -> State:
        """Everything, rebuilt from the history: all lists of the book, fills, approvals."""
        return State.from_events(self.history())


__all__ = ["UNLIMITED", "Done", "Settlement"]
