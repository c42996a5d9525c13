"""The one admin key that `mendline up` makes, so that somebody can come in: it lies in the data folder."""

from __future__ import annotations

from hashlib import blake2b

from mendline.data_folder import DataFolder
from mendline.errors import SettingInvalidError, SetupError
from mendline.following import NoAnswerError, wait_for_fate
from mendline.keys import creation_of, drawn_token, known_keys
from mendline.producer import Producer
from mendline.settings import Settings
from schemas.cluster import Cluster
from schemas.control.tokens import Token, hash_of, subject_of, token_of
from schemas.envelope import Context
from schemas.message import RequestRefused
from schemas.topics import CONTROL, Topics
from streams.gateway.keyring import KnownKey
from streams.log.ports import LogError

FILE = "admin-key"
"""In the data folder; nothing but the key, on one line."""
NAME = "mendline up"
ANOTHER = "`mendline key make NAME --scope admin` makes another"
TIMEOUT_S = 15.0


def kept_admin_key(folder: DataFolder) -> Token | None:
    """The admin key that lies in the data folder, whether or not it lets anybody in; raises SettingInvalidError."""
    kept = folder.secret(FILE)
    if kept is None:
        return None
    token = token_of(kept.strip())
    if token is None:
        raise SettingInvalidError(f"{folder.path / FILE} is no key any more: bring it back, or delete it; {ANOTHER}")
    return token


def admin_key_id(installation_id: str) -> str:
    """The id of an installation's admin key: the same at every start, so that there is only one."""
    return f"admin-{blake2b(installation_id.encode(), digest_size=4).hexdigest()}"


async def admin_key(folder: DataFolder, settings: Settings, cluster: Cluster) -> str:
    """See to it that the installation has one, and say where it lies or why there is none."""
    try:
        return await _admin_key(folder, settings, cluster)
    except (SetupError, LogError, NoAnswerError) as error:
        return f"No admin key: {error}"


async def _admin_key(folder: DataFolder, settings: Settings, cluster: Cluster) -> str:
    topics, kept = Topics(settings.topic_prefix), kept_admin_key(folder)
    key_id = kept.key_id if kept else admin_key_id(folder.identity(settings).installation_id)
    known = {key.key_id: key for key in await known_keys(cluster, topics)}.get(key_id)
    if known is not None:
        return _standing(folder, kept, known)
    if kept is None:
        # Before anybody is asked: the log must not come to know a key that nobody has.
        kept = Token(key_id, drawn_token().secret)
        folder.keep_secret(FILE, f"{kept}\n")
    return await _made(folder, kept, cluster, topics)


def _standing(folder: DataFolder, kept: Token | None, known: KnownKey) -> str:
    """What there is to say where the log has the key already."""
    if known.revoked_at is not None:
        return f"The admin key {known.key_id} was revoked: {ANOTHER}."
    if kept is None or hash_of(kept.secret) != known.hash:
        where = folder.path / FILE
        return f"The admin key {known.key_id} is not the one in {where}: it lies where it was made; {ANOTHER}."
    return f"An admin key lies in {folder.path / FILE}."


async def _made(folder: DataFolder, token: Token, cluster: Cluster, topics: Topics) -> str:
    async with Producer(cluster, topics, source=NAME.replace(" ", "-")) as producer:
        request, subject = creation_of(token, NAME, ["admin"]), subject_of(token.key_id)
        asked = await producer.publish(subject, request, context=Context(actor=NAME), stream=CONTROL)
    fate = (await wait_for_fate(cluster, topics, asked, TIMEOUT_S)).event
    if isinstance(fate, RequestRefused):
        return f"No admin key: {fate.detail}"
    return f"An admin key lies in {folder.path / FILE}."
