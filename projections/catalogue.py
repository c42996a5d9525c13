"""The read models there are. A new one is one module, one migration and one line here."""

from __future__ import annotations

from typing import Any

from projections.campaigns import CAMPAIGNS
from projections.clients import CLIENTS
from projections.connections import CONNECTIONS
from projections.devices import DEVICES
from projections.errors import UnknownReadModelError
from projections.read_model import ReadModel
from projections.refresh_joins import REFRESH_JOINS
from projections.refreshes import REFRESHES
from projections.sends import SENDS
from projections.user_connections import USER_CONNECTIONS

READ_MODELS: tuple[ReadModel[Any], ...] = (DEVICES, SENDS, REFRESHES, REFRESH_JOINS, CONNECTIONS, CAMPAIGNS)
"""Those of device events."""
CLIENT_MODELS: tuple[ReadModel[Any], ...] = (CLIENTS,)
CONNECTION_MODELS: tuple[ReadModel[Any], ...] = (USER_CONNECTIONS,)
ALL_MODELS = (*READ_MODELS, *CLIENT_MODELS, *CONNECTION_MODELS)


def read_model(name: str) -> ReadModel[Any]:
    """The read model of a name; raises UnknownReadModelError."""
    for model in ALL_MODELS:
        if model.name == name:
            return model
    raise UnknownReadModelError(f"no read model is called {name!r}: there are {', '.join(m.name for m in ALL_MODELS)}")
