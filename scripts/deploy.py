"""Deploy a registry: ape run deploy --network ::test [--preset demo] [--account ALIAS]"""

import click
from ape.cli import ConnectedProviderCommand

from boomerang.chains import active_ape_chain
from boomerang.chains.signers import ape_signer
from boomerang.client import Registry
from boomerang.parameters import preset, presets


@click.command(cls=ConnectedProviderCommand)
@click.option("--preset", "name", type=click.Choice(list(presets())), default="demo")
@click.option("--account", help="The alias of an ape account (TEST::0 is its first test account).")
def cli(name: str, account: str | None) -> None:
    """Deploy a registry with a preset's parameters, and print its address."""
    registry = Registry.deploy(
        active_ape_chain(), preset(name).parameters, signer=ape_signer(account) if account else None
    )
    click.echo(f"registry {registry.address} on chain {registry.domain.chain_id}: preset {name}")
