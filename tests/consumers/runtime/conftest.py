from collections.abc import AsyncIterator

import pytest

from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, make_pinged
from tests.support.system import System


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def system(make_settings: SettingsFactory, calls: Calls) -> AsyncIterator[System]:
    """A system of its own for each test, with the consumer of modes."""
    system = System(make_settings(), [make_pinged(calls)])
    await system.start()
    yield system
    await system.stop()
