"""Guards, branches and refusals of settlements in words: names, amounts and clock times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.cli.values import clock, span
from boomerang.intents import errors
from boomerang.intents.auction.state import Truth
from boomerang.intents.message import GuardKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.cli.intent_market import Market
    from boomerang.errors import ChainError
    from boomerang.intents.message import Branch, Guard, Intent
    from boomerang.intents.service.reasons import BranchFinding, GuardFinding

_WORDS = {Truth.TRUE: "holds", Truth.FALSE: "does not hold", Truth.UNDECIDED: "is undecided"}


def branch_words(market: Market, intent: Intent, branch: Branch) -> str:
    """What a branch does: `swap 500 A for at least 0.5 D`."""
    if branch.idle:
        return "do nothing"
    sold = market.amount(intent.amount, intent.sell)
    least = market.amount(branch.least, branch.buy)
    return f"{'swap' if branch.direct else 'route'} {sold} for at least {least}"


def guard_words(market: Market, guard: Guard) -> str:
    """What a guard says."""
    match guard.kind:
        case GuardKind.EXISTS:
            return "exists"
        case GuardKind.KEPT | GuardKind.REVERTED:
            names = {v: k for k, v in market.directory.commitments.names().items()}
            label = names.get(guard.id, f"0x{guard.id.hex()[:8]}…")
            return f"{guard.kind.name.lower()}({label})"
        case GuardKind.AFTER | GuardKind.BEFORE:
            return f"{guard.kind.name.lower()} {_moment(market, guard.limit)}"
        case GuardKind.POOL_AT_LEAST | GuardKind.POOL_AT_MOST:
            sign = ">=" if guard.kind is GuardKind.POOL_AT_LEAST else "<="
            return f"{_pool(market, guard)} {sign} {_ratio(market, guard, guard.ratio)}"
        case GuardKind.FRESH:
            return "fresh"
        case _:
            verb = "pays" if guard.kind is GuardKind.PAYS else "paid by"
            return f"{guard.share / 100:g}% of the gain, {verb} {market.who(guard.account)}"


def finding_words(market: Market, finding: GuardFinding) -> str:
    """A guard, and how it is now."""
    guard, now = finding.guard, market.connection.chain.now()
    said = f"{guard_words(market, guard)}: {_WORDS[finding.truth or Truth.UNDECIDED]}"
    if guard.kind in (GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST):
        if isinstance(finding.seen, tuple):
            said += f"; it is {_ratio(market, guard, finding.seen)}"
        elif finding.truth is Truth.UNDECIDED:
            said += "; there is no such pool"
    elif guard.kind in (GuardKind.PAYS, GuardKind.PAID) and finding.truth is Truth.FALSE:
        said += "; no intent that is known mirrors it"
    elif guard.kind in (GuardKind.KEPT, GuardKind.REVERTED):
        if finding.seen is None:
            said += "; its outcome is not final"
        else:
            said += f"; it is {'kept' if finding.seen else 'reverted'}"
    if finding.truth is not Truth.TRUE and finding.again is not None:
        said += f"; try again {span(max(0, finding.again - now))}"
    return said


def _moment(market: Market, time: int) -> str:
    now = market.connection.chain.now()
    return f"{clock(time)} ({span(time - now)})" if time < 2**40 else f"second {time}"


def _pool(market: Market, guard: Guard) -> str:
    sides = market.directory.pair_tokens(guard.account)
    if sides is None:
        from eth_utils.address import to_checksum_address

        return f"reserve1/reserve0 of {to_checksum_address(guard.account)}"
    return f"pool {sides[1].name}/{sides[0].name}"


def _ratio(market: Market, guard: Guard, ratio: tuple[int, int]) -> str:
    """reserve1 / reserve0, in the tokens' own units where they are known."""
    sides = market.directory.pair_tokens(guard.account)
    shift = 0 if sides is None else sides[0].decimals - sides[1].decimals
    if not ratio[1]:
        return "without end"
    return f"{ratio[0] / ratio[1] * 10.0**shift:.9g}"


def state_words(market: Market, intent: Intent, found: BranchFinding) -> list[str]:
    """What stands between a branch and being taken, a line each."""
    lines = [finding_words(market, one) for one in found.guards]
    branch = found.branch
    if not found.reached:
        lines.append("no unit comes as far as this: an earlier branch holds, or is undecided")
    if branch.direct:
        lines += _match_words(market, intent, found)
    elif found.quote is not None and found.best is not None:
        path = " -> ".join(market.symbol(token) for token in branch.paths[found.best])
        said = f"the best path, {path}, gives {market.amount(found.quote, branch.buy)} now"
        enough = found.quote >= found.least
        least = market.amount(found.least, branch.buy)
        lines.append(f"{said}: {'enough' if enough else f'too little, it wants {least}'}")
    return lines


def _match_words(market: Market, intent: Intent, found: BranchFinding) -> list[str]:
    crossing = [match for match in found.matches if match.crosses]
    if not found.matches:
        return [
            f"nobody sells {market.symbol(found.branch.buy)} for {market.symbol(intent.sell)} now"
        ]
    lines = []
    for match in (crossing or found.matches)[:3]:
        verdict = "is within the limit" if match.crosses else "wants too much"
        if match.entry is not None:
            entry = match.entry
            place = f"{market.symbol(entry.sell)}/{market.symbol(entry.buy)}#{entry.number}"
            rest = market.amount(match.alive, entry.sell)
            if entry.maker == intent.maker:
                verdict = "is one's own"
            elif not match.alive:
                verdict = "is dead, and has to be swept away"
            lines.append(f"in the book {place} of {market.who(entry.maker)} ({rest}) {verdict}")
        elif match.signed is not None:
            other = match.signed
            lines.append(
                f"with the relay 0x{other.hash.hex()[:8]}… of {market.who(other.intent.maker)} "
                f"{verdict}"
            )
    return lines


def refusal(market: Market, intents: Sequence[Intent], error: ChainError) -> str:
    """A refusal by the settlement, about these intents in the order of the batch."""
    order = getattr(error, "order", None)
    if not isinstance(order, int) or order >= len(intents):
        return error.explain()
    intent = intents[order]
    whose = f"{market.who(intent.maker)}'s intent"
    branch = getattr(error, "branch", None)
    match error:
        case errors.BelowLimit(received=received, required=required) if branch is not None:
            buy = intent.branches[branch].buy
            return (
                f"{whose} would get {market.amount(received, buy)} by branch {branch}, and wants "
                f"{market.amount(required, buy)}"
            )
        case errors.MatchStands(number=number) if branch is not None:
            buy = intent.branches[branch].buy
            place = f"{market.symbol(buy)}/{market.symbol(intent.sell)}#{number}"
            return (
                f"{whose} may not pass branch {branch}: {place} stands in the book, within its "
                "limit"
            )
        case errors.NotWhole(filled=filled):
            sold = market.amount(filled, intent.sell)
            whole = market.amount(intent.amount, intent.sell)
            return f"{whose} sells {whole} or nothing; {sold} would be sold"
        case errors.GuardFails(guard=guard) | errors.Undecided(guard=guard) if branch is not None:
            said = guard_words(market, intent.branches[branch].guards[guard])
            verb = "does not hold" if isinstance(error, errors.GuardFails) else "is undecided"
            return f"guard {guard} of branch {branch} of {whose}, {said}, {verb}"
        case _:
            return error.explain().replace(f"order {order}", whose)


__all__ = ["branch_words", "finding_words", "guard_words", "refusal", "state_words"]
