import asyncio
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.exceptions import WebhookFailed, WebhookRefused
from infra.webhooks import WebhookSender, check_url, is_public, sign
from tests.support.webhook_receiver import SECRET, WebhookReceiver, webhook_receiver

BODY = b'{"id": "m1", "text": "Hello"}'


async def post(receiver: WebhookReceiver, *, secret: str = SECRET) -> int:
    return await WebhookSender(trusting=True).send(receiver.url, body=BODY, secret=secret, message_id="m1")


def test_the_signature_is_over_time_and_body() -> None:
    header = sign("secret", b"{}", at=datetime(2026, 1, 1, tzinfo=UTC))
    digest = hmac.new(b"secret", b"1767225600.{}", hashlib.sha256).hexdigest()
    assert header == f"t=1767225600,v1={digest}"


async def test_a_real_receiver_verifies_what_it_gets() -> None:
    async with webhook_receiver() as receiver:
        assert await post(receiver) == 204
        with pytest.raises(WebhookRefused, match="HTTP 401"):
            await post(receiver, secret="another-secret-that-is-wrong")
    assert receiver.received == [{"id": "m1", "text": "Hello"}]
    assert receiver.badly_signed == 1


async def test_a_receiver_that_cannot_now_may_be_asked_again() -> None:
    async with webhook_receiver() as receiver:
        receiver.refusals = 1
        with pytest.raises(WebhookFailed, match="HTTP 503"):
            await post(receiver)
        assert await post(receiver) == 204
    with pytest.raises(WebhookFailed, match="could not be reached"):
        await post(receiver)


async def test_a_redirect_is_a_refusal_and_never_followed() -> None:
    async with webhook_receiver() as target, redirecting_server(target.url) as url:
        with pytest.raises(WebhookRefused, match="HTTP 307"):
            await WebhookSender(trusting=True).send(url, body=BODY, secret=SECRET, message_id="m1")
    assert target.received == []


@asynccontextmanager
async def redirecting_server(target: str) -> AsyncIterator[str]:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 307 Elsewhere\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/hook",
        "https://",
        "https://user:password@example.org/",
        "https://example.org/#fragment",
        "https://example.org:99999/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://10.1.2.3:8443/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "not a url",
    ],
)
def test_urls_that_are_not_allowed_are_refused(url: str) -> None:
    with pytest.raises(WebhookRefused):
        check_url(url, trusting=False)


def test_an_https_address_of_the_open_internet_is_allowed() -> None:
    assert check_url("https://example.org:8443/hook?for=me", trusting=False) is None
    assert check_url("http://127.0.0.1:9999/hook", trusting=True) is None


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "0"])
async def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(host: str) -> None:
    with pytest.raises(WebhookRefused, match="not a public one"):
        await WebhookSender().send(f"https://{host}/", body=BODY, secret=SECRET, message_id="m1")


async def test_a_name_that_does_not_exist_may_exist_later() -> None:
    with pytest.raises(WebhookFailed):
        await WebhookSender().send("https://no-such-host.invalid/", body=BODY, secret=SECRET, message_id="m1")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.5", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_the_certificate_must_be_the_names_though_the_address_is_called(tmp_path: Path) -> None:
    async with tls_server(tmp_path, name="localhost") as port:
        sender = WebhookSender(trusting=True, certificates=tmp_path / "certificate.pem")
        url = f"https://localhost:{port}/hook"
        assert await sender.send(url, body=BODY, secret=SECRET, message_id="m1") == 204
        with pytest.raises(WebhookFailed, match="ConnectError"):
            await sender.send(f"https://127.0.0.1:{port}/hook", body=BODY, secret=SECRET, message_id="m1")
        with pytest.raises(WebhookFailed, match="ConnectError"):
            await WebhookSender(trusting=True).send(url, body=BODY, secret=SECRET, message_id="m1")


@asynccontextmanager
async def tls_server(folder: Path, *, name: str) -> AsyncIterator[int]:
    """Answers 204 with a certificate for `name` alone, which it leaves in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
