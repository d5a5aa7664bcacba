"""Stop the servers of a stack whose owner died without stopping them."""

import signal
from concurrent.futures import ThreadPoolExecutor

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from infra.local.process import ProcessIdentity
from infra.local.state import StackState
from infra.local.valkey import ValkeyServer

_PATIENCE_SECONDS = 10.0
_STOP_SIGNALS: dict[str, signal.Signals] = {
    server.name: server.stop_signal for server in (KafkaServer, PostgresServer, ValkeyServer)
}


def stop_leftovers(state: StackState) -> None:
    """Nothing that state.json remembers runs afterwards. Only for the holder of the folder's lock."""
    remembered = dict(state.processes)
    if not remembered:
        return

    def stop(name: str, identity: ProcessIdentity) -> None:
        identity.stop(_STOP_SIGNALS.get(name, signal.SIGTERM), patience_seconds=_PATIENCE_SECONDS)
        state.forget(name)

    with ThreadPoolExecutor(len(remembered)) as pool:
        for done in [pool.submit(stop, name, identity) for name, identity in remembered.items()]:
            done.result()
