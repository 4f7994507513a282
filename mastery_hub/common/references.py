"""Public references and secret tokens: both random, one short enough to read out, one too long to guess."""

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0 O 1 I L U: read aloud on the telephone, no letter is mistaken


def reference(prefix: str = "MS") -> str:
    """`MS-7K3Q-XM`: 30**6 values, so a clash is tried again by whoever saves the row."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return f"{prefix}-{code[:4]}-{code[4:]}"


def key_new() -> str:
    """Names a row within a handful: eight letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def token_new() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored: a token has 256 random bits, so a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()
