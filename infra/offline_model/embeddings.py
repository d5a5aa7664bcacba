"""The offline embeddings: words and their letter trigrams, hashed into a vector. No network, no key, no training.

Each word that carries meaning counts WORD_WEIGHT, its trigrams (within word boundaries) share TRIGRAM_WEIGHT, so that
"running" and "runs" stay near; frequent words of English count nothing, but negations do. A feature's hash picks its
dimension and its sign (feature hashing, Weinberger et al. 2009), and the vector is normalised. Texts are near when they
share words: it knows spelling, not meaning. The same text gives the same vector, on every machine.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

from langchain_core.embeddings import Embeddings

DIMENSIONS = 256
WORD_WEIGHT = 1.0
TRIGRAM_WEIGHT = 0.8

_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being but by can could did do does for from
    get gets got had has have he her him his how i if in into is it its just me my of on or our out really she so some
    than that the their them then there they this to up us was we were what when which who will with would you your
    """.split()
)


class OfflineEmbeddings(Embeddings):
    """LangChain's interface over hashed features. A text without any feature is the zero vector's stand-in, (1, 0, …)."""

    model = "offline"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * DIMENSIONS
        for feature, weight in _features(text):
            number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest())
            vector[number % DIMENSIONS] += weight if number >> 63 else -weight
        length = math.sqrt(sum(value * value for value in vector))
        if length == 0.0:
            return [1.0, *([0.0] * (DIMENSIONS - 1))]
        return [value / length for value in vector]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        # Not left to the base class, which would hop to a thread for less than a millisecond of work.
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)


def _features(text: str) -> Iterator[tuple[str, float]]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = Counter(_WORD.findall(plain))
    # A text of nothing but frequent words is still some text.
    meant = {word: count for word, count in words.items() if word not in _STOP_WORDS} or words
    for word, count in meant.items():
        # Said twice counts more, but not twice as much.
        weight = 1.0 + math.log(count)
        yield f"w:{word}", WORD_WEIGHT * weight
        bounded = f"^{word}$"
        trigrams = [bounded[start : start + 3] for start in range(max(1, len(bounded) - 2))]
        for trigram in trigrams:
            yield f"t:{trigram}", TRIGRAM_WEIGHT * weight / math.sqrt(len(trigrams))
