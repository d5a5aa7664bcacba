"""Tokens: who signed them, whether they hold now, and what they allow.

In production a token is signed by the OIDC provider behind `auth_jwks_url` (RS or ES algorithms). The development secret
(HS256) counts only in development, and the two never mix: the algorithm decides which key is tried.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from api.identity import Identity, Role
from api.key_set import KeySet
from infra.exceptions import ConfigurationError, Unauthenticated
from infra.settings import PREFIX, Settings

PROVIDER_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
DEVELOPMENT_ALGORITHM = "HS256"
# Signatures that are remembered; who sends more tokens than that at a time has them checked again.
MOST_REMEMBERED = 20_000
# How far the provider's clock may be from ours.
LEEWAY = timedelta(seconds=10)
MAX_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature was good, under which key."""

    identity: Identity
    header: dict[str, Any]
    key: jwt.PyJWK | str


class TokenVerifier:
    """Turns a bearer token into an `Identity`.

    The signature of a token is computed once for each fetch of the provider's keys: who sends it again, unexpired and under a
    key that is still in use, is known. A key that was withdrawn is therefore noticed when the keys are fetched, as for any
    other token. What is remembered is a hash, not the token.
    """

    def __init__(self, settings: Settings) -> None:
        self._key_set = KeySet(settings.auth_jwks_url) if settings.auth_jwks_url else None
        secret = settings.auth_development_secret if settings.in_development else None
        self._secret = secret.get_secret_value() if secret else None
        self._issuer = settings.auth_issuer
        self._audience = settings.auth_audience
        self._roles_claim = settings.auth_roles_claim
        # By the token's hash, the oldest first.
        self._verified: dict[bytes, _Verified] = {}

    async def verify(self, token: str) -> Identity:
        """The identity behind `token`.

        Raises `Unauthenticated` for a token that is not good, and `ServiceUnavailable` when the provider's keys
        cannot be had.
        """
        fingerprint = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._verified.get(fingerprint)
        # Without leeway: within it the whole check decides.
        if known is not None and known.identity.expires_at.timestamp() > time.time():
            key, _ = await self._key(known.header)
            if key is known.key:
                return known.identity
        verified = await self._verify(token)
        self._remember(fingerprint, verified)
        return verified.identity

    async def _verify(self, token: str) -> _Verified:
        try:
            header = jwt.get_unverified_header(token)
            key, algorithm = await self._key(header)
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "sub"], "verify_aud": self._audience is not None},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired.") from None
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            # PyJWT's messages name the claim, never its value or the token.
            raise Unauthenticated(f"The token is not valid: {error}") from None
        return _Verified(self._identity(claims), header, key)

    def _remember(self, fingerprint: bytes, verified: _Verified) -> None:
        self._verified.pop(fingerprint, None)
        while len(self._verified) >= MOST_REMEMBERED:
            del self._verified[next(iter(self._verified))]
        self._verified[fingerprint] = verified

    async def close(self) -> None:
        if self._key_set is not None:
            await self._key_set.close()

    async def _key(self, header: dict[str, Any]) -> tuple[jwt.PyJWK | str, str]:
        algorithm = header.get("alg")
        if algorithm == DEVELOPMENT_ALGORITHM and self._secret is not None:
            return self._secret, DEVELOPMENT_ALGORITHM
        if self._key_set is None or algorithm not in PROVIDER_ALGORITHMS:
            raise Unauthenticated("The token is signed with an algorithm that is not accepted here.")
        key_id = header.get("kid")
        key = await self._key_set.find(key_id if isinstance(key_id, str) else None)
        if key is None:
            raise Unauthenticated("The token is signed with an unknown key.")
        return key, algorithm

    def _identity(self, claims: dict[str, Any]) -> Identity:
        subject = claims["sub"]
        if not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
            raise Unauthenticated(f"The token's subject must be 1 to {MAX_SUBJECT} printable characters.")
        return Identity(
            user_id=subject,
            roles=_roles(claims.get(self._roles_claim)),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )


def mint_development_token(
    settings: Settings, user_id: str, roles: Sequence[Role] = (Role.USER,), ttl: timedelta = timedelta(hours=12)
) -> str:
    """A token that a development system accepts. Raises `ConfigurationError` elsewhere."""
    secret = settings.auth_development_secret
    if not settings.in_development or secret is None:
        raise ConfigurationError(
            "Tokens are minted in development only; elsewhere they come from the identity provider. "
            f"Set {PREFIX}ENVIRONMENT=development and {PREFIX}AUTH_DEVELOPMENT_SECRET."
        )
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "sub": user_id,
        settings.auth_roles_claim: [role.value for role in roles],
        "iat": now,
        "exp": now + ttl,
    }
    if settings.auth_issuer is not None:
        claims["iss"] = settings.auth_issuer
    if settings.auth_audience is not None:
        claims["aud"] = settings.auth_audience
    return jwt.encode(claims, secret.get_secret_value(), algorithm=DEVELOPMENT_ALGORITHM)


def _roles(claim: object) -> frozenset[Role]:
    if claim is None:
        return frozenset({Role.USER})
    names: Sequence[object]
    if isinstance(claim, str):
        names = claim.split()
    elif isinstance(claim, list):
        names = claim
    else:
        raise Unauthenticated("The token's claim for roles must be a list or a text.")
    return frozenset(role for role in Role if role.value in names)
