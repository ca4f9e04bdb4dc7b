"""Signs and verifies with PyJWT, and opens wrapped data keys with the cryptography package: JSON on stdin, JSON on stdout."""

import base64
import json
import sys

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def sign(asked):
    key = asked["private_key"]
    if asked["algorithm"] == "HS256":
        key = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    return jwt.encode({"sub": "orders"}, key, algorithm=asked["algorithm"], headers={"kid": asked["kid"]})


def verify(asked):
    kid = jwt.get_unverified_header(asked["token"])["kid"]
    named = [key for key in jwt.PyJWKSet.from_dict(asked["jwks"]).keys if key.key_id == kid]
    if not named:
        return "unknown key"
    try:
        return jwt.decode(asked["token"], named[0].key, algorithms=[named[0].algorithm_name])["sub"]
    except jwt.InvalidTokenError as error:
        return type(error).__name__


def unwrap(asked):
    name, kid, body = asked["text"].split(".")
    key = next(key for key in asked["keys"] if key["kid"] == kid)
    sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    try:
        opened = AESGCM(base64.b64decode(key["material"])).decrypt(sealed[:12], sealed[12:], f"{name}.{kid}".encode())
    except InvalidTag:
        return "InvalidTag"
    return opened.decode()


asked = json.load(sys.stdin)
print(json.dumps({"sign": sign, "verify": verify, "unwrap": unwrap}[asked["do"]](asked)))
