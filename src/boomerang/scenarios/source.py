"""YAML (or JSON) read in a way that remembers where everything stood.

Every scalar comes out as the text that was written, whatever YAML would have made of it, so that
`salt: 0x00ff`, `statement: yes` and `as: 1` mean what they look like. The types of the schema
read the text. Lines are kept beside the data, by path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from boomerang import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]

_MAX_NODES = 200_000
"""Anchors can make a small file grow without end; a scenario of this size is one of those."""

_MERGE_TAG = "tag:yaml.org,2002:merge"
_NULL_TAG = "tag:yaml.org,2002:null"


class ScenarioError(errors.ScenarioError):
    """A file that makes no sense, with the line that does not: `file:line: what is wrong`.

    Line 0 is that of a file of which no line can be read.
    """

    def __init__(self, source: str, line: int, problem: str) -> None:
        super().__init__(line, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.problem}"


class NoSuchScenario(ScenarioError):
    """A name that stands for no file, and for none of the names that are known."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        close = closest(name.removesuffix(".yaml"), known)
        hint = f"; did you mean '{close}'?" if close else ""
        super().__init__(name, 0, f"no such file or shipped scenario '{name}'{hint}")

    def __str__(self) -> str:
        return self.problem


@dataclass
class Document:
    """Plain data (mappings, lists, text, None) and the line on which each part of it stands."""

    source: str
    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest part of the file that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Path, problem: str) -> ScenarioError:
        """The error that says what is wrong at a path."""
        return ScenarioError(self.source, self.line(path), problem)


def closest(word: str, known: Iterable[str]) -> str | None:
    """What is closest to a word of all that is known; of two spellings, the first."""
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
    close = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.5)
    return folded[close[0]] if close else None


def suggest(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` where something known is close to a word, else nothing."""
    close = closest(word, known)
    return f", did you mean '{close}'?" if close else ""


def read_document(text: str, source: str) -> Document:
    """Parse YAML or JSON text. Errors name the line."""
    if text.startswith("\ufeff"):
        text = text[1:]
    if text.lstrip().startswith("{"):
        # JSON may be indented with tabs, which YAML refuses; inside JSON strings none can stand.
        text = text.replace("\t", " ")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(source, line, f"not YAML: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ScenarioError(source, line, f"not text: {error.reason}") from error
    except RecursionError as error:
        raise ScenarioError(source, 1, "nested too deeply") from error
    if node is None:
        raise ScenarioError(source, 1, "the file is empty")
    document = Document(source, None)
    document.data = _Builder(document).build(node, (), ())
    return document


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def build(self, node: yaml.Node, path: Path, above: tuple[yaml.Node, ...]) -> Any:
        self.document.lines[path] = node.start_mark.line + 1
        self.count += 1
        if self.count > _MAX_NODES:
            raise self.document.error(path, "the file grows without end")
        if any(node is other for other in above):
            raise self.document.error(path, "an alias inside what it stands for")
        above = (*above, node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i), above) for i, item in enumerate(node.value)]
        return None if node.tag == _NULL_TAG else str(node.value)

    def _mapping(
        self, node: yaml.MappingNode, path: Path, above: tuple[yaml.Node, ...]
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == _MERGE_TAG:
                sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for source in reversed(sources):
                    held = self.build(source, path, above)
                    if not isinstance(held, dict):
                        raise self.document.error(path, "'<<' takes a mapping")
                    merged.update(held)
                continue
            if not isinstance(key, yaml.ScalarNode):
                self.document.lines[path] = key.start_mark.line + 1
                raise self.document.error(path, "a key must be a word")
            if key.value in result:
                self.document.lines[path] = key.start_mark.line + 1
                raise self.document.error(path, f"'{key.value}' is given twice")
            result[key.value] = self.build(value, (*path, key.value), above)
            self.document.lines[(*path, key.value)] = key.start_mark.line + 1
        self.document.lines[path] = node.start_mark.line + 1
        return {**merged, **result}
