"""Whether an event's schema may change so: events already on a topic stay readable, and readers find what they found.

A schema may gain optional properties and accept more than before. It may not lose a property, ask for a new one, or
accept less: old events wait on topics, in the outbox and among the dead letters, and would no longer be events.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

# Keywords where a larger value accepts less, and those where a smaller one does.
_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Keywords that we cannot order: adding or changing one may accept less, dropping one accepts more.
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems")


def find_incompatibilities(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[str]:
    """What speaks against replacing the schemas `old` by `new`, one sentence each; empty when nothing does."""
    problems = []
    for name, schema in old.items():
        if name not in new:
            problems.append(f"{name}: the event type is gone, and its events may still be on the topic")
        else:
            problems.extend(_Comparison(schema, new[name]).run(name))
    return problems


class _Comparison:
    """Walks two versions of one schema together; `$ref`s lead into each version's own `$defs`."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old_root = old
        self._new_root = new
        self._visited: set[tuple[str, str]] = set()

    def run(self, name: str) -> Iterator[str]:
        yield from self._compare(self._old_root, self._new_root, name)

    def _compare(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        if "$ref" in old and "$ref" in new:
            # A model that contains itself is walked once.
            references = (str(old["$ref"]), str(new["$ref"]))
            if references in self._visited:
                return
            self._visited.add(references)
        old, new = _resolve(old, self._old_root), _resolve(new, self._new_root)
        old_branches, new_branches = _branches(old), _branches(new)
        if len(old_branches) > 1 or len(new_branches) > 1:
            for branch in old_branches:
                yield from self._compare_with_any(branch, new_branches, where)
            return
        yield from self._compare_one(old, new, where)

    def _compare_with_any(self, branch: Schema, candidates: list[Schema], where: str) -> Iterator[str]:
        """One alternative of the old schema must still be accepted by some alternative of the new one."""
        closest: list[str] | None = None
        for candidate in candidates:
            visited = set(self._visited)
            problems = list(self._compare(branch, candidate, where))
            if not problems:
                return
            self._visited = visited
            if closest is None or len(problems) < len(closest):
                closest = problems
        yield from closest or [f"{where}: an alternative is gone"]

    def _compare_one(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        yield from _compare_types(old, new, where)
        yield from _compare_values(old, new, where)
        yield from _compare_limits(old, new, where)
        yield from self._compare_properties(old, new, where)
        for keyword in ("items", "additionalProperties"):
            yield from self._compare_inner(old.get(keyword, True), new.get(keyword, True), f"{where}.{keyword}")

    def _compare_inner(self, old: Schema | bool, new: Schema | bool, where: str) -> Iterator[str]:
        if isinstance(old, bool) and isinstance(new, bool):
            if old and not new:
                yield f"{where}: is no longer accepted"
        elif not isinstance(old, bool) and not isinstance(new, bool):
            yield from self._compare(old, new, where)
        elif old is True or new is False:
            yield f"{where}: was open and is narrowed"

    def _compare_properties(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        old_properties: Mapping[str, Schema] = old.get("properties", {})
        new_properties: Mapping[str, Schema] = new.get("properties", {})
        for name, schema in old_properties.items():
            if name not in new_properties:
                yield f"{where}.{name}: the property is gone"
            else:
                yield from self._compare(schema, new_properties[name], f"{where}.{name}")
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            was = "was optional" if name in old_properties else "is new"
            yield f"{where}.{name}: the property {was} and is required now; give it a default"


def _compare_types(old: Schema, new: Schema, where: str) -> Iterator[str]:
    new_types = _types(new)
    if not new_types:
        return
    old_types = _types(old)
    if not old_types and not old.get("enum"):
        yield f"{where}: any type was accepted, now only {_names(new_types)}"
    for name in sorted(old_types - new_types):
        if name == "integer" and "number" in new_types:
            continue
        yield f"{where}: the type {name} is no longer accepted, only {_names(new_types)}"


def _compare_values(old: Schema, new: Schema, where: str) -> Iterator[str]:
    new_values = _values(new)
    if new_values is None:
        return
    old_values = _values(old)
    if old_values is None:
        yield f"{where}: any value was accepted, now only {_names(new_values)}"
        return
    for value in old_values:
        if value not in new_values:
            yield f"{where}: the value {value!r} is no longer accepted"


def _compare_limits(old: Schema, new: Schema, where: str) -> Iterator[str]:
    for keyword in _LOWER_BOUNDS:
        if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
            yield f"{where}: {keyword} rose from {old.get(keyword, 'none')} to {new[keyword]}"
    for keyword in _UPPER_BOUNDS:
        if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
            yield f"{where}: {keyword} fell from {old.get(keyword, 'none')} to {new[keyword]}"
    for keyword in _EXACT:
        if keyword in new and new[keyword] != old.get(keyword):
            yield f"{where}: {keyword} changed from {old.get(keyword, 'none')} to {new[keyword]}"


def _resolve(schema: Schema, root: Schema) -> Schema:
    """The schema that a chain of `$ref`s ends at; what stands beside a `$ref` holds too."""
    while "$ref" in schema:
        target: Any = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{keyword: value for keyword, value in schema.items() if keyword != "$ref"}}
    return schema


def _branches(schema: Schema) -> list[Schema]:
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return list(schema[keyword])
    return [schema]


def _types(schema: Schema) -> set[str]:
    declared = schema.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _names(values: set[str] | list[Any]) -> str:
    return ", ".join(str(value) for value in (sorted(values) if isinstance(values, set) else values))
