"""Who is let in: the development secret, and the keys of an identity provider that runs on this machine."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api import auth, key_set
from api.auth import TokenVerifier, mint_development_token
from api.identity import Role
from infra.exceptions import ConfigurationError, ServiceUnavailable, Unauthenticated
from infra.settings import Environment, Settings, load_settings
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi, create_app
from tests.support.waiting import until

SECRET = "a-secret-for-tests-only-0123456789abcdef"
GOALS = "/api/v1/goals"


def claims(**overrides: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    values = {"sub": "person", "iat": now, "exp": now + timedelta(hours=1)} | overrides
    return {name: value for name, value in values.items() if value is not None}


def signed(secret: str = SECRET, algorithm: str = "HS256", **overrides: Any) -> str:
    return jwt.encode(claims(**overrides), secret, algorithm=algorithm)


BAD_TOKENS = {
    "expired": signed(exp=datetime.now(UTC) - timedelta(minutes=1)),
    "not yet good": signed(nbf=datetime.now(UTC) + timedelta(hours=1)),
    "without expiry": signed(exp=None),
    "without subject": signed(sub=None),
    "empty subject": signed(sub=""),
    "endless subject": signed(sub="x" * 256),
    "unprintable subject": signed(sub="a\x00b"),
    "subject that is no text": jwt.encode(claims() | {"sub": 7}, SECRET, algorithm="HS256"),
    "another secret": signed("another-secret-of-sufficient-length-0123456789"),
    "another algorithm": signed("x" * 64, algorithm="HS512"),
    "no algorithm": jwt.encode(claims(), "", algorithm="none"),
    "roles of another shape": signed(roles={"user": True}),
    "no token": "nonsense",
    "empty parts": "..",
}


@pytest.mark.parametrize("reason", BAD_TOKENS)
async def test_a_token_that_is_not_good_is_refused(api: RunningApi, reason: str) -> None:
    async with api.client() as client:
        response = await client.get(GOALS, headers={"Authorization": f"Bearer {BAD_TOKENS[reason]}"})
    assert_error(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic cGVyc29uOng="}, {"Authorization": "Bearer"}])
async def test_no_token_is_refused(api: RunningApi, header: dict[str, str]) -> None:
    async with api.client() as client:
        assert_error(await client.get(GOALS, headers=header), 401, "unauthenticated")


ROLES = {
    "no claim": (None, 200, 403),
    "user": (["user"], 200, 403),
    "publisher": (["publisher"], 403, 422),
    "both, as a text": ("user publisher", 200, 422),
    "operator": (["operator"], 403, 403),
    "none": ([], 403, 403),
    "unknown": (["admin"], 403, 403),
}


@pytest.mark.parametrize("case", ROLES)
async def test_a_role_opens_its_endpoints_only(api: RunningApi, case: str) -> None:
    roles, goals, events = ROLES[case]
    async with api.client() as client:
        headers = {"Authorization": f"Bearer {signed(roles=roles)}"}
        assert (await client.get(GOALS, headers=headers)).status_code == goals
        assert (await client.post("/api/v1/events", json={}, headers=headers)).status_code == events


async def test_a_minted_token_is_accepted(api: RunningApi, user_id: str) -> None:
    async with api.client(user_id) as client:
        assert (await client.get(GOALS)).status_code == 200


def test_production_refuses_the_development_secret() -> None:
    with pytest.raises(ConfigurationError, match="auth_development_secret is refused"):
        load_settings(environment=Environment.PRODUCTION, auth_development_secret=SECRET)
    with pytest.raises(ConfigurationError, match="DELIGHT_AUTH_JWKS_URL"):
        create_app(load_settings(environment=Environment.PRODUCTION), ())
    with pytest.raises(ConfigurationError, match="development only"):
        mint_development_token(load_settings(environment=Environment.PRODUCTION), "person")


class Provider:
    """An identity provider: its keys at a URL, and tokens signed with them."""

    def __init__(self) -> None:
        self.url = ""
        self.requests = 0
        self.broken = False
        self.private: dict[str, Any] = {}
        self.published: list[dict[str, Any]] = []

    def add_key(self, key_id: str, algorithm: str, *, use: str = "sig") -> None:
        key: Any
        if algorithm.startswith("RS"):
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            key = ec.generate_private_key(ec.SECP256R1())
            public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self.private[key_id] = key
        self.published.append(public | {"kid": key_id, "alg": algorithm, "use": use})

    def token(self, key_id: str, algorithm: str, *, header: dict[str, Any] | None = None, **overrides: Any) -> str:
        key_header = {"kid": key_id} if header is None else header
        return jwt.encode(claims(**overrides), self.private[key_id], algorithm=algorithm, headers=key_header)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        body = json.dumps({"keys": self.published}).encode()
        status = b"500 Broken" if self.broken else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    provider.add_key("rsa", "RS256")
    provider.add_key("ec", "ES256")
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    yield provider
    server.close()
    await server.wait_closed()


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(Unauthenticated, match=reason):
        yield


def production(provider: Provider, **overrides: Any) -> Settings:
    return Settings(environment=Environment.PRODUCTION, auth_jwks_url=provider.url, **overrides)


@pytest.fixture
async def verifier(provider: Provider) -> AsyncIterator[TokenVerifier]:
    verifier = TokenVerifier(production(provider, auth_issuer="https://id.example", auth_audience="delight"))
    yield verifier
    await verifier.close()


GOOD = {"iss": "https://id.example", "aud": "delight"}


@pytest.mark.parametrize(("key_id", "algorithm"), [("rsa", "RS256"), ("ec", "ES256")])
async def test_a_providers_token_is_accepted(
    provider: Provider, verifier: TokenVerifier, key_id: str, algorithm: str
) -> None:
    identity = await verifier.verify(provider.token(key_id, algorithm, roles=["user", "operator"], **GOOD))
    assert (identity.user_id, identity.roles) == ("person", {Role.USER, Role.OPERATOR})


async def test_the_keys_are_fetched_once(provider: Provider, verifier: TokenVerifier) -> None:
    await asyncio.gather(*(verifier.verify(provider.token("rsa", "RS256", **GOOD)) for _ in range(5)))
    assert provider.requests == 1


async def test_issuer_and_audience_must_fit(provider: Provider, verifier: TokenVerifier) -> None:
    with refused("issuer"):
        await verifier.verify(provider.token("rsa", "RS256", **GOOD | {"iss": "https://other.example"}))
    with refused("[Aa]udience"):
        await verifier.verify(provider.token("rsa", "RS256", **GOOD | {"aud": "shop"}))
    with refused("aud"):
        await verifier.verify(provider.token("rsa", "RS256", iss=GOOD["iss"]))


async def test_a_key_signs_with_its_own_algorithm_only(provider: Provider, verifier: TokenVerifier) -> None:
    with refused("not valid"):
        await verifier.verify(provider.token("rsa", "RS512", **GOOD))
    with refused("algorithm"):
        await verifier.verify(provider.token("rsa", "PS256", **GOOD))
    with refused("algorithm"):
        await verifier.verify(jwt.encode(claims(**GOOD), "", algorithm="none"))
    # The public key as an HMAC secret: the classic confusion.
    with refused("algorithm"):
        await verifier.verify(signed(provider.published[0]["n"], **GOOD))


async def test_an_unknown_or_foreign_key_is_refused(provider: Provider, verifier: TokenVerifier) -> None:
    with refused("unknown key"):
        await verifier.verify(provider.token("rsa", "RS256", header={"kid": "other"}, **GOOD))
    with refused("not valid"):
        provider.private["rsa"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        await verifier.verify(provider.token("rsa", "RS256", **GOOD))


async def test_a_key_for_encryption_signs_nothing(provider: Provider, verifier: TokenVerifier) -> None:
    provider.add_key("sealed", "RS256", use="enc")
    with refused("unknown key"):
        await verifier.verify(provider.token("sealed", "RS256", **GOOD))


async def test_keys_once_fetched_outlive_the_provider(provider: Provider, verifier: TokenVerifier) -> None:
    token = provider.token("rsa", "RS256", **GOOD)
    await verifier.verify(token)
    provider.broken = True
    with refused("unknown key"):
        await verifier.verify(provider.token("rsa", "RS256", header={"kid": "other"}, **GOOD))
    assert (await verifier.verify(token)).user_id == "person"


async def test_a_token_that_was_good_is_refused_once_its_key_is_withdrawn(
    provider: Provider, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = provider.token("rsa", "RS256", **GOOD)
    for _ in range(2):
        assert (await verifier.verify(token)).user_id == "person"
    provider.published = [key for key in provider.published if key["kid"] != "rsa"]
    _let_the_keys_grow_old(monkeypatch)
    with refused("unknown key"):
        await verifier.verify(token)


async def test_a_token_that_was_good_is_refused_under_another_key_of_the_same_name(
    provider: Provider, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = provider.token("rsa", "RS256", **GOOD)
    assert (await verifier.verify(token)).user_id == "person"
    provider.published = []
    provider.add_key("rsa", "RS256")
    _let_the_keys_grow_old(monkeypatch)
    with refused("not valid"):
        await verifier.verify(token)


async def test_a_token_that_was_good_is_refused_when_it_has_expired(
    provider: Provider, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "LEEWAY", timedelta())
    token = provider.token("rsa", "RS256", **GOOD, exp=datetime.now(UTC) + timedelta(seconds=3))
    assert (await verifier.verify(token)).user_id == "person"

    async def expired() -> bool:
        try:
            await verifier.verify(token)
        except Unauthenticated as error:
            return "expired" in error.message
        return False

    await until(expired, within=10)


def _let_the_keys_grow_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_set, "FRESH_FOR", timedelta())
    monkeypatch.setattr(key_set, "REFETCH_AFTER", timedelta())


async def test_without_any_keys_nobody_can_be_verified(provider: Provider, verifier: TokenVerifier) -> None:
    provider.broken = True
    with pytest.raises(ServiceUnavailable, match="keys"):
        await verifier.verify(provider.token("rsa", "RS256", **GOOD))


async def test_the_development_secret_is_no_key_beside_a_provider_in_production(provider: Provider) -> None:
    verifier = TokenVerifier(production(provider))
    with refused("algorithm"):
        await verifier.verify(signed())
    await verifier.close()


async def test_an_endpoint_answers_to_a_providers_token(provider: Provider, settings: Settings) -> None:
    from tests.support.running_api import running_api

    updated = settings.model_copy(update={"auth_jwks_url": provider.url, "auth_development_secret": None})
    async with running_api(updated) as api, httpx.AsyncClient(base_url=api.url) as client:
        token = provider.token("ec", "ES256")
        response = await client.get(GOALS, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200
        assert_error(await client.get(GOALS, headers={"Authorization": f"Bearer {signed()}"}), 401, "unauthenticated")
