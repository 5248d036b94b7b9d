"""Who signs: development keys, eth-account's accounts, ape's. Keys are loaded when needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import DEV_ACCOUNTS, DEV_MNEMONIC, ChainFault

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


class UnknownAccount(ChainFault):
    """No key is known by this name or address."""

    exit_code = 2

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"no account {name!r}: {why}")


class LocalSigner:
    """Signs with an eth-account `LocalAccount`."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(fields).raw_transaction)

    def sign_typed_data(self, message: dict[str, Any]) -> bytes:
        return bytes(self._account.sign_typed_data(full_message=message).signature)


class ApeSigner:
    """Signs with an ape account: a keyfile, a hardware wallet, a plugin's. It may ask a person."""

    def __init__(self, account: Any) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def unattended(self) -> None:
        """Sign without asking from now on. The passphrase is asked for once, here, or taken from
        the environment (APE_ACCOUNTS_<alias>_PASSPHRASE).
        """
        autosign = getattr(self._account, "set_autosign", None)
        if autosign is not None:
            autosign(True)

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        from ape_ethereum.transactions import DynamicFeeTransaction

        transaction = DynamicFeeTransaction.model_validate(
            {
                "chainId": fields["chainId"],
                "from": self.address,
                "to": fields["to"],
                "nonce": fields["nonce"],
                "gas": fields["gas"],
                "value": fields["value"],
                "data": fields["data"],
                "maxFeePerGas": fields["maxFeePerGas"],
                "maxPriorityFeePerGas": fields["maxPriorityFeePerGas"],
            }
        )
        signed = self._account.sign_transaction(transaction)
        if signed is None:
            raise UnknownAccount(self.address, "it refused to sign")
        return bytes(signed.serialize_transaction())

    def sign_typed_data(self, message: dict[str, Any]) -> bytes:
        from eth_account.messages import encode_typed_data

        signature = self._account.sign_message(encode_typed_data(full_message=message))
        if signature is None:
            raise UnknownAccount(self.address, "it refused to sign")
        return bytes(signature.encode_rsv())


@cache
def dev_signer(name: str) -> LocalSigner:
    """The signer of a development account, by its name ("alice") or address."""
    from eth_account import Account

    for index, (known, address) in enumerate(DEV_ACCOUNTS.items()):
        if name.lower() in (known, address.lower()):
            Account.enable_unaudited_hdwallet_features()
            return LocalSigner(
                Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
            )
    raise UnknownAccount(name, "the development accounts are " + ", ".join(DEV_ACCOUNTS))


def ape_signer(alias: str) -> ApeSigner:
    """The signer of an ape account by its alias or address; `TEST::0` names ape's test accounts."""
    from ape import accounts

    prefix, _, index = alias.upper().partition("::")
    try:
        if prefix == "TEST" and index.isdigit():
            return ApeSigner(accounts.test_accounts[int(index)])
        if alias.startswith("0x"):
            return ApeSigner(accounts[alias])
        return ApeSigner(accounts.load(alias))
    except (KeyError, IndexError, ValueError) as error:
        raise UnknownAccount(alias, f"ape does not know it ({error})") from None
