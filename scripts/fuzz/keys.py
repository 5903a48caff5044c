"""Owners of a Safe who sign with keys that everybody knows: for tests, and for nothing else.

secp256k1 after SEC 2, ECDSA after SEC 1. It takes no care to hide a key from whoever measures how long it takes.
"""

import hashlib
from functools import lru_cache

FIELD = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
# The addresses of the private keys 1, 2 and 3.
KEYS = {
    "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf": 1,
    "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF": 2,
    "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69": 3,
}
OWNERS = list(KEYS)


def added(one, other):
    """The sum of two points; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    (x, y), (u, v) = one, other
    if x == u and (y + v) % FIELD == 0:
        return None
    slope = 3 * x * x * pow(2 * y, -1, FIELD) if one == other else (v - y) * pow(u - x, -1, FIELD)
    across = (slope * slope - x - u) % FIELD
    return across, (slope * (x - across) - y) % FIELD


def times(number, point):
    total = None
    while number:
        total = added(total, point) if number & 1 else total
        number, point = number >> 1, added(point, point)
    return total


@lru_cache(maxsize=None)
def sign(owner, hashed):
    """The signature of a hash (0x and 64 hex digits) as a wallet gives it: r, the low s, and 27 or 28."""
    key, digest = KEYS[owner], bytes.fromhex(hashed[2:])
    # Another number for each key and hash, and always the same one.
    once = int.from_bytes(hashlib.sha256(key.to_bytes(32, "big") + digest).digest(), "big") % ORDER
    x, y = times(once, BASE)
    r = x % ORDER
    s = pow(once, -1, ORDER) * (int.from_bytes(digest, "big") + r * key) % ORDER
    odd = y & 1
    if s > ORDER // 2:
        s, odd = ORDER - s, 1 - odd
    return f"0x{r:064x}{s:064x}{27 + odd:02x}"


def signer(signature, hashed):
    """The owner who made a signature; None if it is of nobody here."""
    return next((owner for owner in OWNERS if sign(owner, hashed) == signature), None)
