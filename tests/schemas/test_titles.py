import pytest

from schemas.titles import alike, title_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Call your sister", "call  your SISTER!"),
        ("An easy run", "Easy run today"),
        ("Café visit", "Cafe\u0301 visit"),
        ("The one", "the one."),
    ],
)
def test_titles_that_say_the_same_are_alike(one: str, other: str) -> None:
    assert alike(title_key(one), [title_key("Something else"), title_key(other)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Call your sister", "Call your landlord about the heating"),
        ("Read a page", "Write a page"),
        ("To be", "The one"),
        ("!!", "??"),
    ],
)
def test_titles_that_say_different_things_are_not(one: str, other: str) -> None:
    assert not alike(title_key(one), [title_key(other)])
