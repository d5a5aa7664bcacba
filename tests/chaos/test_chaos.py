"""A short run of the chaos suite, a part of every test run; the long one is `make chaos`."""

from pathlib import Path

import pytest

from tests.chaos.run import run_chaos, show


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_faults_under_load_lose_and_duplicate_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("chaos")
    account = await run_chaos(seconds=1, seed=1, folder=folder, rate=80, longest_outage=1.0)
    show(account)
    assert account.accepted > 1_000
    assert set(account.faults.values()) == {1}
    assert (account.lost, account.duplicated, account.out_of_order) == ([], [], [])
    assert account.dead_letters_missing == []
