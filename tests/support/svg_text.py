"""The words of a screen that was exported as SVG, line by line: what a person would read, without its drawing."""

import html
import re

_TEXT = re.compile(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')


def lines_of(svg: str) -> list[str]:
    """Lines from the top, each with its words from the left, one space between pieces."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(svg):
        lines.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    joined = (" ".join("".join(text for _, text in sorted(line)).split()) for _, line in sorted(lines.items()))
    return [line for line in joined if line]
