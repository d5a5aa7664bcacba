"""When two titles say the same thing: the words that carry meaning are compared, not the spelling."""

import re
import unicodedata
from collections.abc import Iterable

# Two thirds of the meaningful words in common: "An easy run" and "Easy run today" are one quest.
ALIKE_FROM = 0.65

_WORD = re.compile(r"[^\W_]+")
# Numbers stay meaningful, small words do not.
_SMALL_WORDS = frozenset(
    word
    for group in (
        "a an the this that it is be you my your some one",
        "and or of to in on at by for from with without as into before after about",
    )
    for word in group.split()
)

TitleKey = frozenset[str]


def title_key(title: str) -> TitleKey:
    """The meaningful words of `title`, without case, accents, punctuation and small words."""
    plain = unicodedata.normalize("NFKD", title).casefold()
    words = _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
    return frozenset(words) - _SMALL_WORDS or frozenset(words)


def alike(key: TitleKey, others: Iterable[TitleKey]) -> bool:
    """Whether one of `others` says the same as `key`."""
    return any(_overlap(key, other) >= ALIKE_FROM for other in others)


def _overlap(one: TitleKey, other: TitleKey) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0
