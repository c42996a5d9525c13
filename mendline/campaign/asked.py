"""What of a campaign is in the log already: read from the requests, whose order is the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mendline.errors import SetupError
from schemas.envelope import UndecodableError, decode_request
from streams.log.event_reading import decoded
from streams.log.ports import LogRecord
from streams.log.topic_client import TopicClient


class CampaignForgottenError(SetupError):
    """The log still has all requests since the campaign began."""

    code = "campaign_forgotten"


async def ends_of(requests: TopicClient) -> list[int]:
    """Where the topic ends now, by partition."""
    return [await requests.end(partition) for partition in range(await requests.partitions())]


async def asked_already(requests: TopicClient, campaign: str, begins: Sequence[int]) -> dict[str, str]:
    """Every request of the campaign's file in the log since `begins`: its id, and its device."""
    found: dict[str, str] = {}
    for partition, begin in enumerate(begins):
        end = await requests.end(partition)
        if begin < end and await requests.first(partition) > begin:
            raise CampaignForgottenError(
                f"the log forgot requests of campaign {campaign} (retention), so nobody can say what was asked for: "
                "see `mendline campaign show`, and ask for the rest under another name"
            )
        position = begin
        while position < end:
            records, position = decoded(await requests.fetch(partition, position), requests.topic)
            found.update(_of_campaign(records, campaign))
    return found


def _of_campaign(records: Sequence[LogRecord], campaign: str) -> Iterator[tuple[str, str]]:
    begin, trace = f"{campaign}:", f"{campaign}:".encode()
    for record in records:
        if record.value is None or trace not in record.value:
            continue
        try:
            request = decode_request(record.value)
        except UndecodableError:
            continue
        if request.id.startswith(begin) and request.data.get("campaign") == campaign:
            yield request.id, request.subject
