"""CoW Protocol's `/solve`: requests in its driver's format, answers that its contract would
take.
"""

from __future__ import annotations

import asyncio
import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from boomerang.intents.solver.cow import MAX_BODY, BadAuction, answer, app, read

WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
DAI = "0x6b175474e89094c44da98b954eedeac495271d0f"
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
COW = "0xdef1ca1fb7fbcdc777520aa7f396b4e015f497ab"


def uid(n: int) -> str:
    return "0x" + bytes([n]).hex() * 56


def order(n: int, sell: str, buy: str, sold: int, bought: int, **rest: Any) -> dict[str, Any]:
    return {
        "uid": uid(n),
        "sellToken": sell,
        "buyToken": buy,
        "sellAmount": str(sold),
        "buyAmount": str(bought),
        "feeAmount": "0",
        "kind": "sell",
        "partiallyFillable": True,
        "class": "limit",
    } | rest


def pool(n: int, a: tuple[str, int], b: tuple[str, int], **rest: Any) -> dict[str, Any]:
    return {
        "kind": "constantproduct",
        "id": str(n),
        "address": "0x" + bytes([n]).hex() * 20,
        "gasEstimate": "110000",
        "tokens": {a[0]: {"balance": str(a[1])}, b[0]: {"balance": str(b[1])}},
        "fee": "0.003",
    } | rest


def token(decimals: int, price: str | None) -> dict[str, Any]:
    info = {"decimals": decimals, "symbol": "T", "availableBalance": "0", "trusted": True}
    return info if price is None else info | {"referencePrice": price}


AUCTION: dict[str, Any] = {
    "id": "1234",
    "tokens": {
        WETH: token(18, "1000000000000000000"),
        DAI: token(18, "500000000000000"),
        USDC: token(6, "500000000000000000000000000"),
        COW: token(18, None),
    },
    "orders": [
        order(1, WETH, DAI, 10**18, 1_990 * 10**18),
        order(2, DAI, WETH, 1_000 * 10**18, 495 * 10**15),
        order(3, USDC, DAI, 500 * 10**6, 495 * 10**18, partiallyFillable=False),
        order(4, DAI, WETH, 2_100 * 10**18, 10**18, kind="buy", partiallyFillable=False),
        order(5, COW, WETH, 10**18, 10**18),
    ],
    "liquidity": [
        pool(7, (WETH, 100 * 10**18), (DAI, 200_000 * 10**18)),
        pool(8, (USDC, 300_000 * 10**6), (DAI, 300_000 * 10**18)),
        {
            "kind": "weightedproduct",
            "id": "9",
            "address": "0x" + "09" * 20,
            "gasEstimate": "88892",
            "tokens": {
                WETH: {"balance": "1", "weight": "0.5", "scalingFactor": "1"},
                COW: {"balance": "1", "weight": "0.5", "scalingFactor": "1"},
            },
            "fee": "0.01",
            "version": "v0",
        },
    ],
    "effectiveGasPrice": "15000000000",
    "deadline": "2106-01-01T00:00:00.000Z",
    "surplusCapturingJitOrderOwners": [],
}


def check(auction: dict[str, Any], solution: dict[str, Any]) -> None:
    """What CoW's contract asks: limits at uniform prices, and enough of every token."""
    orders = {each["uid"]: each for each in auction["orders"]}
    pools = {each["id"]: each for each in auction["liquidity"]}
    prices = {name: int(price) for name, price in solution["prices"].items()}
    held = dict.fromkeys(prices, 0)
    for trade in solution["trades"]:
        given = orders[trade["order"]]
        sell, buy = given["sellToken"], given["buyToken"]
        executed = int(trade["executedAmount"])
        if given["kind"] == "sell":
            sold = executed
            bought = -(-sold * prices[sell] // prices[buy])
            if not given["partiallyFillable"]:
                assert sold == int(given["sellAmount"])
            assert sold <= int(given["sellAmount"])
        else:
            bought = executed
            sold = bought * prices[buy] // prices[sell]
            assert bought == int(given["buyAmount"])
        assert bought * int(given["sellAmount"]) >= sold * int(given["buyAmount"])
        held[sell] += sold
        held[buy] -= bought
    for each in solution["interactions"]:
        assert each["kind"] == "liquidity"
        reserves = {k: int(v["balance"]) for k, v in pools[each["id"]]["tokens"].items()}
        given, taken = int(each["inputAmount"]), int(each["outputAmount"])
        a, b = reserves[each["inputToken"]], reserves[each["outputToken"]]
        assert (a * 1000 + given * 997) * (b - taken) >= a * b * 1000
        held[each["inputToken"]] = held.get(each["inputToken"], 0) - given
        held[each["outputToken"]] = held.get(each["outputToken"], 0) + taken
    assert min(held.values()) >= 0, held


def call(method: str, path: str, **rest: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app())
        async with httpx.AsyncClient(transport=transport, base_url="http://solver") as client:
            return await client.request(method, path, **rest)

    return asyncio.run(send())


def post(data: Any) -> httpx.Response:
    return call("POST", "/solve", json=data)


def test_an_auction_is_answered() -> None:
    response = post(AUCTION)
    assert response.status_code == 200
    assert response.headers["x-boomerang-ignored"] == "liquidity weightedproduct: 1"
    solutions = response.json()["solutions"]
    assert [each["id"] for each in solutions] == list(range(len(solutions)))
    for solution in solutions:
        check(AUCTION, solution)
        for price in solution["prices"].values():
            assert isinstance(price, str)
    answered = {trade["order"] for each in solutions for trade in each["trades"]}
    # The pair, the one through a pool, the exact buyer; nobody buys COW.
    assert answered == {uid(1), uid(2), uid(3), uid(4)}
    pair = next(each for each in solutions if len(each["trades"]) == 2)
    assert {trade["order"] for trade in pair["trades"]} == {uid(1), uid(2)}
    assert pair["interactions"] == []


def test_a_ring() -> None:
    data = copy.deepcopy(AUCTION) | {"liquidity": []}
    data["orders"] = [
        order(1, WETH, DAI, 10**18, 1_980 * 10**18),
        order(2, DAI, USDC, 2_000 * 10**18, 1_990 * 10**6),
        order(3, USDC, WETH, 2_000 * 10**6, 99 * 10**16),
    ]
    solutions = answer(read(data))
    assert len(solutions) == 1
    assert len(solutions[0]["trades"]) == 3
    check(data, solutions[0])


def test_random_auctions_are_answered_within_the_rules() -> None:
    from random import Random

    names = [WETH, DAI, USDC, COW]
    answered = 0
    for seed in range(30):
        random = Random(seed)
        data = copy.deepcopy(AUCTION)
        data["liquidity"] = [
            pool(n, (a, random.randint(10**20, 10**23)), (b, random.randint(10**20, 10**23)))
            for n, (a, b) in enumerate([(WETH, DAI), (DAI, USDC), (USDC, COW), (WETH, COW)])
        ]
        data["orders"] = []
        for n in range(1, random.randint(3, 12)):
            sell, buy = random.sample(names, 2)
            kind = random.choice(("sell", "sell", "buy"))
            part = kind == "sell" and random.random() < 0.5
            amounts = random.randint(10**17, 10**19), random.randint(10**17, 10**19)
            data["orders"].append(order(n, sell, buy, *amounts, kind=kind, partiallyFillable=part))
        for solution in answer(read(data)):
            check(data, solution)
            answered += len(solution["trades"])
    assert answered > 60


def test_time_is_left_for_the_way_back() -> None:
    now = datetime(2106, 1, 1, tzinfo=UTC) - timedelta(seconds=6)
    assert read(AUCTION, now).seconds == pytest.approx(5)
    assert read(AUCTION | {"deadline": "soon"}).seconds == pytest.approx(10)


def test_kinds_that_are_not_known_are_said() -> None:
    data = copy.deepcopy(AUCTION)
    data["orders"].append(order(6, WETH, DAI, 10, 10, feeAmount="1"))
    data["liquidity"].append(pool(10, (WETH, 10**18), (DAI, 2_000 * 10**18)))
    ignored = read(data).ignored
    assert ignored == {
        "liquidity weightedproduct": 1,
        "liquidity beside a deeper pool": 1,
        "orders with a signed fee": 1,
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data.pop("orders"), "auction: 'orders' is missing"),
        (lambda data: data.update(tokens=[]), "tokens: must be a mapping"),
        (lambda data: data["orders"][0].update(sellAmount=1), r"orders\[0\].sellAmount"),
        (lambda data: data["orders"][0].update(sellAmount="-1"), r"orders\[0\].sellAmount"),
        (lambda data: data["orders"][1].update(kind="swap"), r"orders\[1\].kind"),
        (lambda data: data["orders"][1].update(sellToken="0x12"), r"orders\[1\].sellToken"),
        (lambda data: data["orders"][1].update(partiallyFillable=1), "partiallyFillable"),
        (lambda data: data["orders"][1].update(uid=3), r"orders\[1\].uid"),
        (lambda data: data["liquidity"][0].update(fee="1"), r"liquidity\[0\].fee"),
        (lambda data: data["liquidity"][0].update(fee="x"), r"liquidity\[0\].fee"),
        (lambda data: data["liquidity"][0].update(tokens={}), r"liquidity\[0\].tokens"),
        (lambda data: data["liquidity"][1].update(id="7"), "'7' is given twice"),
    ],
)
def test_a_request_that_makes_no_sense(change: Any, problem: str) -> None:
    data = copy.deepcopy(AUCTION)
    change(data)
    with pytest.raises(BadAuction, match=problem):
        read(data)
    response = post(data)
    assert response.status_code == 400
    assert "error" in response.json()


def test_what_is_no_json() -> None:
    assert call("POST", "/solve", content=b"{").status_code == 400
    assert call("POST", "/solve", content=b"\xff").status_code == 400
    assert call("POST", "/solve", json=[]).status_code == 400
    assert call("POST", "/solve", content=b" " * (MAX_BODY + 1)).status_code == 413
    assert call("POST", "/notify", json={"kind": "success"}).status_code == 200
    assert call("GET", "/healthz").json() == {"status": "ok"}
