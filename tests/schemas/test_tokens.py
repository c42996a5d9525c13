"""How a key looks to whoever has it."""

from __future__ import annotations

import pytest

from schemas.control.tokens import Token, hash_of, key_id_of, subject_of, token_of

SECRET = "0123456789abcdef0123456789abcdef"


def test_a_token_is_read_as_it_was_written() -> None:
    assert token_of(str(Token("7f3a-9c1e", SECRET))) == Token("7f3a-9c1e", SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mdl_",
        f"mdl__{SECRET}",
        f"mdl_7f3a_{SECRET[:15]}",
        f"mdl_7f3a_{SECRET}\n",
        f"mdl_7f3a_{SECRET}é",
        f"mdl_a_b_{SECRET}",
        f"mdx_7f3a_{SECRET}",
        f"mdl_{'a' * 65}_{SECRET}",
        f"mdl_7f3a_{SECRET * 5}",
    ],
)
def test_what_cannot_be_a_token_is_none(text: str) -> None:
    assert token_of(text) is None


def test_a_token_that_is_shown_by_mistake_keeps_its_secret() -> None:
    assert SECRET not in repr(Token("7f3a9c1e", SECRET))


def test_the_log_knows_the_sha_256_of_the_secret_alone() -> None:
    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_key_is_named_by_its_stream_id() -> None:
    assert key_id_of(subject_of("7f3a9c1e")) == "7f3a9c1e"


@pytest.mark.parametrize("subject", ["job:7f3a9c1e", "7f3a9c1e", "key:", "key:a_b", "key:key:a"])
def test_another_stream_id_names_no_key(subject: str) -> None:
    assert key_id_of(subject) is None
