"""The admin key of an installation: made once, and never without somebody who has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mendline.admin_key import FILE, admin_key, admin_key_id, kept_admin_key
from mendline.data_folder import DataFolder
from mendline.following import wait_for_fate
from mendline.keys import drawn_token, known_keys
from mendline.producer import Producer
from mendline.settings import Settings, load_settings
from mendline.worker import Site, open_holdings
from schemas.cluster import Cluster
from schemas.control.requests import KeyRevocationRequested
from schemas.control.tokens import Token, subject_of
from schemas.topics import CONTROL, Topics
from streams.gateway.key_follower import read_keys


@dataclass
class Installation:
    """A data folder, and a worker that decides what is asked."""

    folder: DataFolder
    settings: Settings
    cluster: Cluster
    topics: Topics

    async def up(self) -> str:
        """What `mendline up` says of the admin key."""
        return await admin_key(self.folder, self.settings, self.cluster)

    def kept(self) -> Token:
        """The key in the folder."""
        token = kept_admin_key(self.folder)
        assert token is not None
        return token

    async def may(self) -> bool:
        """Whether it lets an admin in."""
        caller = (await read_keys(self.cluster, self.topics)).caller(str(self.kept()))
        return caller is not None and caller.may("admin")

    async def revoke(self) -> None:
        """Somebody revokes it."""
        async with Producer(self.cluster, self.topics) as producer:
            subject = subject_of(self.kept().key_id)
            asked = await producer.publish(subject, KeyRevocationRequested(), stream=CONTROL)
        await wait_for_fate(self.cluster, self.topics, asked, 20)


@pytest.fixture
async def installation(kafka: str, kafka_topics: Topics, tmp_path: Path) -> AsyncIterator[Installation]:
    """One that has no key yet."""
    settings, folder = load_settings(topic_prefix=kafka_topics.prefix, data=tmp_path), DataFolder(tmp_path)
    site = Site(Cluster(kafka), tmp_path / "unused", folder.identity(settings))
    async with open_holdings(settings, site, {}):
        yield Installation(folder, settings, Cluster(kafka), kafka_topics)


async def test_an_installation_has_one_admin_key_however_often_it_starts(installation: Installation) -> None:
    said = [await installation.up() for _ in range(2)]
    keys = await known_keys(installation.cluster, installation.topics)
    assert said == [f"An admin key lies in {installation.folder.path / FILE}."] * 2
    assert ([key.key_id for key in keys], await installation.may()) == ([installation.kept().key_id], True)


async def test_only_its_owner_may_read_the_key(installation: Installation) -> None:
    await installation.up()
    assert (installation.folder.path / FILE).stat().st_mode & 0o777 == 0o600


async def test_a_crash_before_the_key_was_asked_for_leaves_none_that_nobody_has(installation: Installation) -> None:
    key_id = admin_key_id(installation.folder.identity(installation.settings).installation_id)
    installation.folder.keep_secret(FILE, f"{Token(key_id, drawn_token().secret)}\n")
    await installation.up()
    assert await installation.may()


async def test_the_key_is_kept_before_it_is_asked_for(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Producer, "publish", _crash)
    with pytest.raises(KeyboardInterrupt):
        await installation.up()
    assert kept_admin_key(installation.folder) is not None


async def _crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


async def test_a_key_that_was_revoked_stays_revoked(installation: Installation) -> None:
    await installation.up()
    await installation.revoke()
    said = await installation.up()
    assert ("was revoked: `mendline key make NAME --scope admin`" in said, await installation.may()) == (True, False)


async def test_a_key_whose_file_is_lost_is_told_and_not_replaced(installation: Installation) -> None:
    await installation.up()
    (installation.folder.path / FILE).unlink()
    assert "it lies where it was made" in await installation.up()
    assert kept_admin_key(installation.folder) is None


async def test_a_file_that_is_no_key_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("mdl_what\n")
    said = await admin_key(DataFolder(tmp_path), load_settings(data=tmp_path), Cluster("127.0.0.1:9"))
    assert "is no key any more" in said
    assert (tmp_path / FILE).read_text() == "mdl_what\n"
