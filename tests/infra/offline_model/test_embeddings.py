import math

import pytest

from infra.offline_model.embeddings import DIMENSIONS, OfflineEmbeddings

embeddings = OfflineEmbeddings()


def similarity(one: str, other: str) -> float:
    first, second = embeddings.embed_documents([one, other])
    return sum(a * b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("text", ["I run every morning", "", "   ", "the and of", "läuft gern 🙂", "x" * 10_000])
def test_every_text_becomes_a_vector_of_length_one(text: str) -> None:
    vector = embeddings.embed_query(text)
    assert len(vector) == DIMENSIONS
    assert math.isclose(sum(value * value for value in vector), 1.0)


def test_the_same_text_is_the_same_vector_however_it_is_asked_for() -> None:
    text = "She plays the cello on Sundays"
    assert embeddings.embed_query(text) == embeddings.embed_documents([text])[0]
    assert similarity(text, "she plays the CELLO, on sundays!") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("I love running in the park", "Runs in the park before work", "My sister bakes bread on Sundays"),
        ("Learning Spanish for a trip to Madrid", "practises spanish vocabulary", "Wants to sleep earlier"),
        ("Afraid of speaking in front of groups", "speaking to a group scares me", "Planted tomatoes on the balcony"),
    ],
)
def test_similar_sentences_are_near(text: str, near: str, far: str) -> None:
    assert similarity(text, near) > similarity(text, far) + 0.2


def test_a_denial_is_not_the_same_as_what_it_denies() -> None:
    assert similarity("Likes coffee", "Does not like coffee") < 0.9
