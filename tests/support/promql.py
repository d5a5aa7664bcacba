"""Take from a PromQL expression the metrics and labels that it asks for."""

import re

_STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_SELECTORS = re.compile(r"\{([^}]*)\}")
_RANGES = re.compile(r"\[[^\]]*\]")
_GROUPINGS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_LABEL = re.compile(r"([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)")
_NAMES = re.compile(r"(?<![\w.:$])([A-Za-z_:][\w:]*)\b(?!\s*\()")
_KEYWORDS = frozenset({"and", "or", "unless", "bool", "offset", "by", "without"})


def metrics_of(expression: str) -> set[str]:
    bare = _SELECTORS.sub("", _STRINGS.sub("", expression))
    bare = _GROUPINGS.sub("", _RANGES.sub("", bare))
    return {name for name in _NAMES.findall(bare) if name not in _KEYWORDS}


def labels_of(expression: str) -> set[str]:
    bare = _STRINGS.sub('""', expression)
    selected = {label for selector in _SELECTORS.findall(bare) for label in _LABEL.findall(selector)}
    grouped = {label.strip() for group in _GROUPINGS.findall(bare) for label in group.split(",")}
    return selected | grouped - {""}
