"""A small OpenID Connect provider for tests: it signs in whoever it was told to, with the claims it was given."""

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "felicific"


class Provider:
    """Answers the authorization code flow at `url`; `claims` are those of the person at the browser."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def secrets(self, port: int) -> str:
        """What stands in secrets.toml of a Felicific on this port."""
        return (
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_hex(32)}"\nclient_id = "{CLIENT}"\nclient_secret = "for-tests"\n'
            f'server_metadata_url = "{self.url}/.well-known/openid-configuration"\n'
        )

    def stop(self) -> None:
        self.server.shutdown()

    def authorized(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code that is good once."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**self.claims, "nonce": asked.get("nonce", "")}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, code: str) -> dict[str, Any]:
        """The tokens for a code."""
        now = int(time.time())
        who = self.codes.pop(code)
        claims = {"iss": self.url, "aud": CLIENT, "sub": who["email"], "iat": now, "exp": now + 600, **who}
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self.key)
        return {"access_token": "unused", "token_type": "Bearer", "expires_in": 600, "id_token": signed}

    def metadata(self) -> dict[str, Any]:
        """What the provider says of itself."""
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/authorize":
                    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self.send_response(302)
                    self.send_header("Location", provider.authorized(asked))
                    self.end_headers()
                    return
                known = {
                    "/.well-known/openid-configuration": provider.metadata(),
                    "/jwks": {"keys": [provider.key.as_dict(private=False)]},
                }
                self.answer(known[parts.path])

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(provider.token(parse_qs(body)["code"][0]))

            def answer(self, value: dict[str, Any]) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler
