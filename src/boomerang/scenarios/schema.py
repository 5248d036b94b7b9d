"""The scenario format: what a file may say, checked before anything is played.

A file that makes no sense is refused with the line that does not (`ScenarioError`, exit status 2).
Unknown keys are refused, with the nearest known one. See `library/README.md` for the format.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
)

from boomerang.errors import BadParameter, InvalidInput
from boomerang.games import GAMES
from boomerang.parameters import Parameters, abi_name
from boomerang.scenarios.scalars import (
    Amount,
    Name,
    Seconds,
    Text,
    Wei,
    name_list,
    parse_integer,
    parse_name,
)
from boomerang.scenarios.source import Document, Path, ScenarioError, read_document, suggest
from boomerang.scenarios.steps import (
    BYSTANDER,
    ETHER,
    VERBS,
    Decline,
    Join,
    Offer,
    Part,
    Publish,
    Settle,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

_RESERVED = ("eth", "ether", "registry", "enforcer")

REASONS = (
    "Kept",
    "RevertedByDecision",
    "Revoked",
    "Exposed",
    "Unsealed",
    "Unrevealed",
    "InvalidDecision",
)
"""How a commitment ends."""

PHASES = ("Unpublished", "Tentative", "Sealed", "Revealing", "Pending", *REASONS)
"""Everything that a commitment's `reason` can be, those not yet final included."""

OUTCOMES = ("KEPT", "REVERTED", "PENDING")

_M = TypeVar("_M", bound=BaseModel)


class Expectation(Part):
    """What a commitment's answer must be; what is not given is not checked."""

    reason: tuple[str, ...] | None = None
    outcome: str | None = None
    freeze_at: Seconds | None = Field(None, alias="freezeAt")
    final_at: Seconds | None = Field(None, alias="finalAt")
    floor: Name | None = None
    depth: Amount | None = None

    KEYS: ClassVar[dict[str, str]] = {
        "reason": "reason",
        "outcome": "outcome",
        "freeze_at": "freezeAt",
        "final_at": "finalAt",
        "floor": "floor",
        "depth": "depth",
    }

    @field_validator("reason", mode="before")
    @classmethod
    def _reasons(cls, value: object) -> object:
        names = name_list(value)
        return tuple(_canonical(name, (*PHASES, *OUTCOMES)) for name in names)

    @field_validator("outcome", mode="before")
    @classmethod
    def _outcome(cls, value: object) -> object:
        return _canonical(parse_name(value), OUTCOMES)


def _canonical(name: str, known: tuple[str, ...]) -> str:
    for one in known:
        if one.casefold() == name.casefold():
            return one
    raise ValueError(f"'{name}' is no reason{suggest(name, known) or ': one of ' + listed(known)}")


def listed(words: tuple[str, ...] | list[str]) -> str:
    """`a, b, c` for a message."""
    return ", ".join(words)


def _expectation(value: object) -> object:
    return value if isinstance(value, dict) else {"reason": value}


def _draw(value: object) -> object:
    """One order, or one for each block."""
    if isinstance(value, list) and any(isinstance(item, list) for item in value):
        return tuple(name_list(item) for item in value)
    return (name_list(value),)


def _nobody_has(value: object) -> object:
    return {} if value is None else value


_Holders = Annotated[dict[str, Wei], BeforeValidator(_nobody_has)]
_Expected = Annotated[Expectation, BeforeValidator(_expectation)]


class _File(Part):
    name: Text = ""
    description: Text = ""
    registry: dict[str, Amount] = Field(default_factory=dict)
    agents: dict[str, Wei] = Field(default_factory=dict)
    tokens: dict[str, Annotated[dict[str, Wei], BeforeValidator(_nobody_has)]] = Field(
        default_factory=dict
    )
    game: Name | None = None
    draw: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_draw)] = ()
    until: Seconds | None = None
    expect: dict[str, Annotated[Expectation, BeforeValidator(_expectation)]] = Field(
        default_factory=dict
    )
    payoffs: dict[str, Annotated[int, BeforeValidator(parse_integer)]] | None = None
    balances: dict[str, Wei] | None = None
    token_balances: dict[str, dict[str, Wei]] | None = Field(None, alias="tokenBalances")
    conflicts: tuple[Annotated[tuple[Name, Name], BeforeValidator(name_list)], ...] | None = None


_REGISTRY_KEYS = tuple(abi_name(item.name) for item in fields(Parameters))


@dataclass(frozen=True)
class Scenario:
    """A scenario that makes sense. `steps` are in the order in which they are played; `places` says
    where in the file each of them stands.
    """

    name: str
    description: str
    parameters: Parameters
    agents: dict[str, int]
    tokens: Mapping[str, Mapping[str, int]]
    game: str | None
    steps: tuple[Step, ...]
    places: tuple[int, ...]
    draw: tuple[str, ...]
    until: int
    expect: Mapping[str, Expectation]
    payoffs: Mapping[str, int] | None
    balances: Mapping[str, int] | None
    token_balances: Mapping[str, Mapping[str, int]] | None
    conflicts: tuple[tuple[str, str], ...] | None
    document: Document

    @property
    def publications(self) -> dict[str, Publish]:
        """The publish step behind each name: the one that is meant to be accepted."""
        result: dict[str, Publish] = {}
        for step in self.steps:
            if isinstance(step, Publish) and (step.name not in result or result[step.name].refused):
                result[step.name] = step
        return result

    def step_error(self, index: int, problem: str, key: str | None = None) -> ScenarioError:
        """The error that points at a step, or at one key of it."""
        path: Path = ("steps", self.places[index])
        return self.document.error(path if key is None else (*path, *key.split("/")), problem)

    def line(self, index: int) -> int:
        """The line of a step."""
        return self.document.line(("steps", self.places[index]))


def load(path: str | FilePath) -> Scenario:
    """Read a scenario file."""
    file = FilePath(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(str(path), 0, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(str(path), 0, "is not UTF-8 text") from error
    return parse(text, str(path), default_name=file.stem)


def parse(text: str, source: str = "scenario", default_name: str = "scenario") -> Scenario:
    """Read a scenario from text; `source` is what its errors call it."""
    from boomerang.scenarios.binding import check_texts  # which reads what is defined here

    document = read_document(text, source)
    data = document.data
    if not isinstance(data, dict):
        raise document.error((), "a scenario is a mapping with 'steps'")
    if "steps" not in data:
        raise document.error((), "'steps' is missing")
    head = {key: value for key, value in data.items() if key != "steps"}
    for key in ("registry", "agents", "tokens", "expect", "draw"):
        if key in head and head[key] is None:
            del head[key]
    for key in head:
        if key not in _keys(_File):
            known = suggest(key, [*_keys(_File), "steps"])
            raise document.error((key,), f"unknown key '{key}'{known}")
    file = _validate(_File, head, (), document)
    scenario = Scenario(
        name=file.name or default_name,
        description=file.description,
        parameters=_parameters(file.registry, document),
        agents=file.agents,
        tokens=file.tokens,
        game=_game(file.game, document),
        steps=(),
        places=(),
        draw=tuple(name for order in file.draw for name in order),
        until=0,
        expect=file.expect,
        payoffs=file.payoffs,
        balances=file.balances,
        token_balances=file.token_balances,
        conflicts=file.conflicts,
        document=document,
    )
    steps = list(_steps(data["steps"], document))
    places = sorted(range(len(steps)), key=lambda index: steps[index].at)
    scenario = replace(scenario, steps=tuple(steps[i] for i in places), places=tuple(places))
    _check_steps(scenario)
    _check_names(scenario)
    check_texts(scenario)
    _check_subjects(scenario)
    return replace(scenario, until=_until(scenario, file.until))


def _keys(model: type[BaseModel]) -> list[str]:
    names = []
    for name, info in model.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            names.append(str(alias.choices[0]))
        else:
            names.append(alias if isinstance(alias, str) else name)
    return names


def _validate(model: type[_M], data: Any, path: Path, document: Document) -> _M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _explain(model, first, path, document) from error


def _explain(
    model: type[BaseModel], detail: ErrorDetails, path: Path, document: Document
) -> ScenarioError:
    where: Path = (*path, *detail["loc"])
    last = str(where[-1]) if where else ""
    match detail["type"]:
        case "extra_forbidden":
            nested = len(detail["loc"]) > 1
            known = "" if nested else suggest(last, _keys(model))
            return document.error(where, f"unknown key '{last}'{known}")
        case "missing":
            return document.error(where, f"'{last}' is missing")
        case "value_error":
            problem = detail["msg"].removeprefix("Value error, ")
        case "less_than_equal":
            problem = "is larger than the contract can hold"
        case "dict_type" | "model_type" | "model_attributes_type":
            problem = "must be a mapping"
        case "tuple_type" | "list_type":
            problem = "must be a list"
        case _:
            problem = detail["msg"]
    words = [str(part) for part in where if isinstance(part, str)]
    return document.error(where, f"{words[-1]}: {problem}" if words else problem)


def _steps(data: Any, document: Document) -> Iterator[Step]:
    if not isinstance(data, list):
        raise document.error(("steps",), "steps: must be a list")
    for index, item in enumerate(data):
        path: Path = ("steps", index)
        if not isinstance(item, dict):
            raise document.error(path, "a step is a mapping: {at: …, by: …, do: …}")
        if "do" not in item:
            raise document.error(path, f"'do' is missing: one of {listed(list(VERBS))}")
        verb = item["do"]
        if not isinstance(verb, str) or verb not in VERBS:
            known = suggest(str(verb), VERBS) or f": one of {listed(list(VERBS))}"
            raise document.error((*path, "do"), f"nobody can '{verb}'{known}")
        model = VERBS[verb]
        for key in item:
            if key not in _keys(model):
                known = suggest(key, _keys(model))
                problem = f"unknown key '{key}' in a '{verb}' step{known}"
                raise document.error((*path, key), problem)
        filled = {key: value for key, value in item.items() if value is not None}
        if verb == "publish" and "as" not in filled:
            if not filled.get("refused"):
                raise document.error(path, "'as' is missing: the name of the commitment")
            filled["as"] = f"step {index + 1}"
        yield _validate(model, filled, path, document)  # type: ignore[misc]


def _parameters(given: Mapping[str, int], document: Document) -> Parameters:
    for key in given:
        if key not in _REGISTRY_KEYS:
            problem = f"unknown key '{key}' in 'registry'{suggest(key, _REGISTRY_KEYS)}"
            raise document.error(("registry", key), problem)
    try:
        return Parameters.from_abi(given)
    except (BadParameter, InvalidInput) as error:
        culprit = error.parameter if isinstance(error, BadParameter) else ""
        path: Path = ("registry", culprit) if culprit in given else ("registry",)
        raise document.error(path, f"registry: {error}") from error


def _game(name: str | None, document: Document) -> str | None:
    if name is None:
        return None
    for known in GAMES:
        if known.casefold() == name.casefold():
            return known
    hint = suggest(name, GAMES) or f": one of {listed(list(GAMES))}"
    raise document.error(("game",), f"no game is called '{name}'{hint}")


def _check_steps(scenario: Scenario) -> None:
    published: dict[str, Publish] = {}
    known = (*scenario.agents, BYSTANDER)
    for index, step in enumerate(scenario.steps):
        if step.by not in known:
            problem = f"no agent is called '{step.by}'{suggest(step.by, known)}"
            raise scenario.step_error(index, problem, "by")
        if isinstance(step, Publish):
            for part in step.pay:
                if not _is_account(part.to, known):
                    problem = f"pay: no agent is called '{part.to}'{suggest(part.to, known)}"
                    raise scenario.step_error(index, problem, f"pay/{part.to}")
        for token in _tokens(step):
            if not _is_token(token, scenario):
                hint = suggest(token, [*scenario.tokens, ETHER])
                raise scenario.step_error(index, f"no token is called '{token}'{hint}")
        if isinstance(step, Publish):
            earlier = published.get(step.name)
            if earlier is not None and not (earlier.refused or step.refused):
                raise scenario.step_error(index, f"'{step.name}' is published twice", "as")
            if earlier is None or earlier.refused:
                published[step.name] = step


def _tokens(step: Step) -> list[str]:
    """The tokens that a step names."""
    if isinstance(step, Publish):
        named = [*(part.token for part in step.escrow or ()), *(part.token for part in step.pay)]
        named += [part.token for part in step.calls]
        return [*named, step.tip.token] if step.tip else named
    token = getattr(step, "token", None)
    return [token] if token else []


def _is_token(name: str, scenario: Scenario) -> bool:
    known = name in scenario.tokens or name.casefold() in ("eth", "ether")
    return known or name.lower().startswith("0x")


def _is_account(name: str, agents: tuple[str, ...]) -> bool:
    """Whether a name is that of somebody who can be paid; of an address, `key_of` sees more."""
    named = name in agents or name.casefold() in ("registry", "enforcer")
    return named or name.lower().startswith("0x")


def _check_subjects(scenario: Scenario) -> None:
    """Refuse a step about what nobody publishes, unless it is to be refused."""
    names = list(scenario.publications)
    for index, step in enumerate(scenario.steps):
        if step.refused:
            continue
        if isinstance(step, Offer):
            about = [("of", step.of), ("to", step.to)]
        elif isinstance(step, Join | Settle):
            about = [("group", name) for name in step.group]
        else:
            about = [("what", name) for name in step.subjects]
        if isinstance(step, Decline) and step.offer is not None:
            about.append(("offer", step.offer))
        for key, name in about:
            if name not in names:
                problem = f"nobody publishes '{name}'{suggest(name, names)}"
                raise scenario.step_error(index, problem, key)


def _check_names(scenario: Scenario) -> None:
    document = scenario.document
    names = list(scenario.publications)
    for name in scenario.expect:
        if name not in names:
            problem = f"nobody publishes '{name}'{suggest(name, names)}"
            raise document.error(("expect", name), problem)
    for name in scenario.draw:
        if name not in names:
            raise document.error(("draw",), f"nobody publishes '{name}'{suggest(name, names)}")
    if len(set(scenario.draw)) != len(scenario.draw):
        raise document.error(("draw",), "a name stands twice in the draw")
    for key, given in (("payoffs", scenario.payoffs), ("balances", scenario.balances)):
        for agent in given or {}:
            if agent not in scenario.agents:
                problem = f"no agent is called '{agent}'{suggest(agent, scenario.agents)}"
                raise document.error((key, agent), problem)
    _check_tokens(scenario, "tokens", scenario.tokens)
    _check_tokens(scenario, "tokenBalances", scenario.token_balances or {})
    if scenario.payoffs is not None and scenario.game is None:
        raise document.error(("payoffs",), "payoffs are expected, but no game is named")


def _check_tokens(scenario: Scenario, key: str, given: Mapping[str, Mapping[str, int]]) -> None:
    for token, holders in given.items():
        if token not in scenario.tokens:
            hint = suggest(token, list(scenario.tokens))
            raise scenario.document.error((key, token), f"no token is called '{token}'{hint}")
        if token in (*scenario.agents, BYSTANDER) or token.casefold() in _RESERVED:
            problem = f"'{token}' already stands for something else"
            raise scenario.document.error((key, token), problem)
        for agent in holders:
            if agent not in scenario.agents:
                problem = f"no agent is called '{agent}'{suggest(agent, scenario.agents)}"
                raise scenario.document.error((key, token, agent), problem)


def _until(scenario: Scenario, given: int | None) -> int:
    """When the play ends; by default, once nothing can be undecided any more."""
    last = scenario.steps[-1].at if scenario.steps else 0
    if given is not None:
        return max(given, last)
    p = scenario.parameters
    freezes = [step.at + p.period for step in scenario.steps if isinstance(step, Publish)]
    # An offer, and a group, each lead to what freezes so much later at most.
    leads = 2 * p.max_depth + 1 if any(isinstance(s, Join) for s in scenario.steps) else p.max_depth
    bound = leads * (p.period - p.offer_cutoff) + p.reveal_window
    return max([last, *(freeze + bound + 1 for freeze in freezes)])
