"""Ask each server, in its own protocol and without a client library, whether it serves requests now."""

import socket
import struct

_PATIENCE_SECONDS = 2.0
_API_VERSIONS_REQUEST = struct.pack(">ihhih", 10, 18, 0, 1, -1)  # length, key, version, correlation id, no client id
_SSL_REQUEST = struct.pack(">ii", 8, 80_877_103)


def kafka_answers(host: str, port: int) -> bool:
    # An open port is not enough: requests are served only once the broker has joined its controller.
    return len(_ask(host, port, _API_VERSIONS_REQUEST, size=8)) == 8


def postgres_answers(host: str, port: int) -> bool:
    # The one question that is answered before a log-in, with one letter.
    return _ask(host, port, _SSL_REQUEST, size=1) in {b"S", b"N"}


def valkey_answers(host: str, port: int) -> bool:
    # While it reads its file it answers "-LOADING …".
    return _ask(host, port, b"PING\r\n", size=5) == b"+PONG"


def _ask(host: str, port: int, question: bytes, size: int) -> bytes:
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE_SECONDS) as connection:
            connection.sendall(question)
            return connection.recv(size, socket.MSG_WAITALL)
    except OSError:
        return b""
