"""AES-128 (FIPS 197) and its Galois/Counter Mode (NIST SP 800-38D), slow and short: a few packets need them."""


def doubled(x):
    return (x << 1) ^ (0x11B if x & 0x80 else 0)


def sbox():
    """Multiplicative inverses by powers of 3, and the affine transformation."""
    power, log, x = [], {}, 1
    for i in range(255):
        power.append(x)
        log[x] = i
        x ^= doubled(x)
    out = []
    for value in range(256):
        inverse = power[-log[value] % 255] if value else 0
        bits = inverse ^ inverse << 1 ^ inverse << 2 ^ inverse << 3 ^ inverse << 4
        out.append((bits ^ bits >> 8) & 0xFF ^ 0x63)
    return out


SBOX = sbox()


def expand(key):
    words, rcon = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        word = words[i - 1]
        if i % 4 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= rcon
            rcon = doubled(rcon)
        words.append([a ^ b for a, b in zip(words[i - 4], word)])
    return [sum(words[i:i + 4], []) for i in range(0, 44, 4)]


def mixed(column):
    a, b, c, d = column
    total = a ^ b ^ c ^ d
    return [x ^ total ^ doubled(x ^ y) for x, y in ((a, b), (b, c), (c, d), (d, a))]


def encrypt(key, block):
    """One block."""
    keys = expand(key)
    state = [b ^ k for b, k in zip(block, keys[0])]
    for number, k in enumerate(keys[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number < 10:
            state = sum((mixed(state[i:i + 4]) for i in range(0, 16, 4)), [])
        state = [b ^ x for b, x in zip(state, k)]
    return bytes(state)


def multiplied(x, y):
    """In GF(2^128), with the bits in GCM's order."""
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return z


def padded(data):
    return data + bytes(-len(data) % 16)


def seal(key, nonce, aad, data):
    """Cipher text and tag of AES-128-GCM with a nonce of 12 bytes."""
    def counter(n):
        return encrypt(key, nonce + n.to_bytes(4, "big"))

    blocks = b"".join(counter(2 + i) for i in range((len(data) + 15) // 16))
    out = bytes(a ^ b for a, b in zip(data, blocks))
    h, y = int.from_bytes(encrypt(key, bytes(16)), "big"), 0
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(out) * 8).to_bytes(8, "big")
    text = padded(aad) + padded(out) + lengths
    for i in range(0, len(text), 16):
        y = multiplied(y ^ int.from_bytes(text[i:i + 16], "big"), h)
    return out + bytes(a ^ b for a, b in zip(y.to_bytes(16, "big"), counter(1)))
