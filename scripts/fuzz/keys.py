"""Owners of a Safe and people's wallets that sign with keys that everybody knows: for tests, and for nothing else.

secp256k1 after SEC 2, ECDSA after SEC 1, Keccak-256 as Ethereum has it. It takes no care to hide a key from whoever measures how long it takes.
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
    return sign_with(KEYS[owner], bytes.fromhex(hashed[2:]))


def sign_with(key, digest):
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


def rotated(word, by):
    return (word << by | word >> 64 - by) & (1 << 64) - 1 if by else word


def permuted(state):
    """Keccak-f[1600] of 25 words, by column and row (FIPS 202, section 3)."""
    register = 1
    for _ in range(24):
        parity = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        state = [word ^ parity[(n % 5 + 4) % 5] ^ rotated(parity[(n % 5 + 1) % 5], 1) for n, word in enumerate(state)]
        x, y, current = 1, 0, state[1]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, state[x + 5 * y] = state[x + 5 * y], rotated(current, (step + 1) * (step + 2) // 2 % 64)
        rows = [state[y : y + 5] for y in range(0, 25, 5)]
        state = [row[x] ^ ~row[(x + 1) % 5] & row[(x + 2) % 5] & (1 << 64) - 1 for row in rows for x in range(5)]
        for bit in range(7):
            state[0] ^= (register & 1) << (1 << bit) - 1
            register = register << 1 ^ (register >> 7) * 0x171
    return state


def keccak(data):
    """Keccak-256 with the padding from before FIPS 202."""
    padded = bytearray(data + b"\1" + bytes(-(len(data) + 1) % 136))
    padded[-1] |= 0x80
    state = [0] * 25
    for at in range(0, len(padded), 136):
        words = [int.from_bytes(padded[at + 8 * n : at + 8 * n + 8], "little") for n in range(17)]
        state = permuted([word ^ (words[n] if n < 17 else 0) for n, word in enumerate(state)])
    return b"".join(word.to_bytes(8, "little") for word in state[:4])


def checksummed(address):
    """An address (20 bytes) as EIP-55 writes it."""
    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(digit.upper() if int(mark, 16) > 7 else digit for digit, mark in zip(digits, marks))


def address_of(key):
    x, y = times(key, BASE)
    return checksummed(keccak(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[-20:])


# The addresses above were made elsewhere.
assert [address_of(key) for key in KEYS.values()] == OWNERS


class Wallet:
    """A wallet whose key some words make."""

    def __init__(self, words):
        self._key = int.from_bytes(hashlib.sha256(words.encode()).digest(), "big") % ORDER
        self.address = address_of(self._key)

    def signed(self, message):
        """A message with this wallet's signature (ERC-191, version 0x45), as it is sent."""
        prefixed = b"\x19Ethereum Signed Message:\n%d%s" % (len(message), message.encode())
        return {"message": message, "signature": sign_with(self._key, keccak(prefixed))}
