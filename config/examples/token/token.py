#!/usr/bin/env python3
"""Makes a token that the gateway and the room servers let in: token.py jwt.json ann webpubsub.sendToGroup

jwt.json is an HS256 key, as `yarpws key` writes it. Issuer and audience are those of the settings that `yarpws init rooms` writes.
"""
import base64
import hashlib
import hmac
import json
import sys
import time


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(key_file: str, user: str, roles: list[str], lifetime: int = 3600) -> str:
    with open(key_file, encoding="utf-8") as file:
        key = json.load(file)

    header = {"alg": "HS256", "typ": "JWT", "kid": key["kid"]}
    now = int(time.time())
    claims = {"iss": "yarpws", "aud": "yarpws", "sub": user, "role": roles, "iat": now, "exp": now + lifetime}
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    secret = base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4))
    return signed + "." + base64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: token.py KEYFILE USER [ROLE ...]")

    print(make_token(sys.argv[1], sys.argv[2], sys.argv[3:]))
