"""Whether brokers let us in, asked before anything else: their clients would try again for ever, and not say why."""

from __future__ import annotations

import asyncio
import ssl
from typing import ClassVar

from aiokafka import errors as kafka_errors
from aiokafka.protocol.metadata import MetadataRequest

from mendline.errors import SetupError
from mendline.refusals import connected, why_ended, why_not_trusted, why_refused
from mendline.running import kafka_cluster
from mendline.settings import Settings
from schemas.cluster import Cluster
from streams.log.outage import Outage

ANSWER_S = 5.0


class AccessRefusedError(SetupError):
    """Brokers and we agree on how we come in: TLS or none, who is trusted, who we are."""

    code: ClassVar[str] = "access_refused"


async def accessible_cluster(settings: Settings) -> Cluster:
    """The brokers, unless they keep us out; raises AccessRefusedError, NotRunningError and SettingInvalidError."""
    cluster = kafka_cluster(settings)
    await check_access(cluster)
    return cluster


async def check_access(cluster: Cluster) -> bool:
    """Whether a broker lets us in; False where none answers. Raises AccessRefusedError, which says what to do."""
    answers = await asyncio.gather(*(_let_in(cluster, each.strip()) for each in cluster.bootstrap.split(",")))
    refusals = [answer for answer in answers if isinstance(answer, str)]
    if refusals and True not in answers:
        raise AccessRefusedError(refusals[0])
    return True in answers


async def await_access(cluster: Cluster) -> None:
    """Wait until a broker lets us in; raises AccessRefusedError."""
    outage = Outage(f"brokers at {cluster.bootstrap}")
    while not await check_access(cluster):
        await outage.wait("none answers")
    outage.over()


async def _let_in(cluster: Cluster, address: str) -> bool | str:
    """Whether a broker lets us in; if it does not, why."""
    try:
        async with asyncio.timeout(ANSWER_S), connected(address, cluster.security) as connection:
            await connection.send(MetadataRequest([]))
            return True
    except ssl.SSLCertVerificationError as error:
        return f"{address} {why_not_trusted(error, cluster.security)}"
    except kafka_errors.BrokerResponseError as error:
        return f"{address} {why_refused(error, cluster.security)}"
    except (kafka_errors.KafkaError, OSError, TimeoutError) as error:
        why = await why_ended(address, error, cluster.security)
        return f"{address} {why}" if why else False
