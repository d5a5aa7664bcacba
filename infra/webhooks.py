"""Webhooks: signed requests to addresses that persons chose, and never to an address inside our own network.

A name is resolved once, every address behind it must be public, and the connection goes to the address that was
checked: a name that changes its mind between check and use gains nothing. Redirects are not followed, proxies of the
environment are not used, and of an answer only its status counts.

    Delight-Signature: t=1767225600,v1=<hex HMAC-SHA256 of "1767225600." + body, with the person's secret>
"""

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import ssl
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from infra.exceptions import WebhookFailed, WebhookRefused

SIGNATURE_HEADER = "Delight-Signature"
ID_HEADER = "Delight-Id"

TIMEOUT = timedelta(seconds=10)

# Statuses that may be better the next time, besides those of 500 and above.
_TRY_AGAIN = frozenset({408, 425, 429})


class WebhookSender:
    """Sends webhooks. `trusting` is for development: plain http and private addresses are allowed.

    `certificates` is a file of authorities to trust instead of the usual ones.
    """

    def __init__(self, *, trusting: bool = False, certificates: Path | None = None) -> None:
        self._trusting = trusting
        self._certificates = certificates

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Made once: reading the authorities takes longer than a request.
        if self._certificates is not None:
            return ssl.create_default_context(cafile=self._certificates)
        return httpx.create_ssl_context(trust_env=False)

    async def send(self, url: str, *, body: bytes, secret: str, message_id: str) -> int:
        """Post the JSON `body`, signed; the status of the answer, which is one of success.

        The receiver may get the same `message_id` twice and must count it once. Raises `WebhookRefused` when the
        address is not allowed or the receiver says a final no, `WebhookFailed` when another attempt may succeed.
        """
        check_url(url, trusting=self._trusting)
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._resolve(host, port)
        literal = f"[{address}]" if ":" in address else address
        headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "User-Agent": "Delight",
            ID_HEADER: message_id,
            SIGNATURE_HEADER: sign(secret, body, at=datetime.now(UTC)),
        }
        seconds = TIMEOUT.total_seconds()
        try:
            async with (
                asyncio.timeout(seconds),
                httpx.AsyncClient(timeout=seconds, trust_env=False, follow_redirects=False, verify=self._tls) as client,
                client.stream(
                    "POST",
                    httpx.URL(url).copy_with(host=literal.strip("[]"), port=port),
                    content=body,
                    headers=headers,
                    # The certificate must be the name's, not the address's.
                    extensions={"sni_hostname": host},
                ) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise WebhookFailed(f"The webhook could not be reached ({type(error).__name__}).") from error
        if 200 <= status < 300:
            return status
        if status >= 500 or status in _TRY_AGAIN:
            raise WebhookFailed(f"The webhook answered HTTP {status}.")
        raise WebhookRefused(f"The webhook answered HTTP {status}.")

    async def _resolve(self, host: str, port: int) -> str:
        try:
            async with asyncio.timeout(TIMEOUT.total_seconds()):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise WebhookFailed("The webhook's name could not be resolved.") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._trusting and not all(map(is_public, addresses)):
            raise WebhookRefused("The webhook's address is not a public one.")
        return addresses[0]


def sign(secret: str, body: bytes, *, at: datetime) -> str:
    """The value of the signature header for `body`, signed at this moment."""
    moment = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def check_url(url: str, *, trusting: bool) -> None:
    """Raises `WebhookRefused` unless `url` is https with a host and without credentials (development: http as well).

    Host names are judged when they are resolved; addresses written as numbers are judged here.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise WebhookRefused("The webhook's URL is malformed.") from error
    if parts.scheme != "https" and not (trusting and parts.scheme == "http"):
        raise WebhookRefused("The webhook's URL must begin with https://.")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookRefused("The webhook's URL needs a host, and neither credentials nor a fragment.")
    if not trusting and _is_number(parts.hostname) and not is_public(parts.hostname):
        raise WebhookRefused("The webhook's address is not a public one.")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also when it hides in IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
