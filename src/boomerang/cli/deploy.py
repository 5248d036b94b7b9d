"""`boomerang deploy`, and how parameters are given to it and to `devnet`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from boomerang.cli._group import BAD_INPUT, Told
from boomerang.cli.options import App, shared
from boomerang.cli.values import AMOUNT
from boomerang.errors import BadParameter, InvalidInput

if TYPE_CHECKING:
    from boomerang.parameters import Parameters

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--preset",
        "preset_name",
        default="demo",
        show_default=True,
        metavar="NAME",
        help="Parameters to start from; see `boomerang parameters --presets`.",
    ),
    click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="NAME=VALUE",
        help="Change one of them, such as --set period=120. May be repeated.",
    ),
    click.option("--period", type=int, help="Seconds from publication to freeze."),
    click.option("--min-bond", type=AMOUNT, help="The least bond."),
    click.option("--fee", type=AMOUNT, help="What publishing costs; it is burned."),
)


def parameter_options(function: F) -> F:
    """The options from which `parameters_from` makes a registry's parameters."""
    command: Any = function
    for option in reversed(_OPTIONS):
        command = option(command)
    return command  # type: ignore[no-any-return]


def parameters_from(preset_name: str, changes: tuple[str, ...], **given: int | None) -> Parameters:
    """A registry's parameters: a preset's, changed. InvalidInput, or Told of BadParameter."""
    from boomerang.parameters import Parameters, preset

    values: dict[str, Any] = preset(preset_name).parameters.to_abi()
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or not text.strip().isdecimal():
            raise InvalidInput(f"--set takes NAME=VALUE with a whole number, not {change!r}")
        values[name.strip()] = int(text)
    for name, option in (("period", "period"), ("minBond", "min_bond"), ("fee", "fee")):
        if given[option] is not None:
            values[name] = given[option]
    try:
        return Parameters.from_abi(values)
    except BadParameter as error:
        raise Told(error, _range(error.parameter, values), BAD_INPUT) from error


def _range(name: str, values: dict[str, Any]) -> str:
    """What a parameter may be, beside the others that were chosen."""
    from boomerang.parameters import MAX_DRAW_DELAY, MAX_EXPOSER_SHARE, MAX_PERIOD

    below = f"{values['period'] - 1}, one less than the period"
    ranges = {
        "period": f"at most {MAX_PERIOD} seconds",
        "sealDelay": f"from 1 to {below}",
        "revealWindow": "at least 1",
        "offerCutoff": f"from {values['declineDelay'] + 1}, one more than declineDelay, to {below}",
        "drawDelay": f"from 1 to {MAX_DRAW_DELAY} blocks",
        "exposerShare": f"at most {MAX_EXPOSER_SHARE} hundredths of a percent",
    }
    return f"{name} must be {ranges[name]}; it is {values[name]}"


@click.command()
@parameter_options
@shared(acts=True)
def deploy(app: App, **given: Any) -> None:
    """Deploy a registry. Its parameters can never be changed; later commands remember it."""
    parameters = parameters_from(**given)
    connection = app.connection
    app.confirm(f"Deploy a registry on {connection.network} (chain {connection.chain.chain_id})?")
    address, receipt = connection.deploy(parameters)
    connection.remember(address)
    app.show(
        {
            "registry": address,
            "chainId": connection.chain.chain_id,
            "network": connection.network,
            "parameters": parameters.to_abi(),
            "gas": receipt.gas_used,
            "block": receipt.block.number,
        },
        lambda: (
            f"Registry {address} on {connection.network}, chain {connection.chain.chain_id}. "
            "Later commands on this network use it."
        ),
    )
