r"""Data blocks: what people wrote goes into a prompt as delimited JSON, and can neither close nor forge its delimiter.

    <person_data task="quest_proposals">
    {"goals": [{"title": "Read \u003cmore\u003e"}]}
    </person_data>

The system prompt says that a block holds data and never instructions. `task` names what is asked; the offline model
reads block and task back from the same messages that any provider gets.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

TAG = "person_data"

# As JSON escapes these stay readable for a model, and no text can contain a tag or a provider's control token.
_ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})
_TASK = re.compile(r"[a-z_]+")
_BLOCK = re.compile(rf'<{TAG} task="([a-z_]+)">\n(.*?)\n</{TAG}>', re.DOTALL)


def data_block(task: str, data: Mapping[str, Any]) -> str:
    """`data` as a block of a prompt. Raises `ValueError` unless `task` is lower-case words with underscores."""
    if not _TASK.fullmatch(task):
        raise ValueError(f"a task is lower-case words with underscores, not {task!r}")
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return f'<{TAG} task="{task}">\n{text}\n</{TAG}>'


def read_data_block(text: str) -> tuple[str, dict[str, Any]] | None:
    """Task and data of the first block in `text`; None without one."""
    found = _BLOCK.search(text)
    if found is None:
        return None
    data: dict[str, Any] = json.loads(found[2])
    return found[1], data
