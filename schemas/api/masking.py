"""What a key without the scope `audit` sees: who it was and what was said are visibly hidden, but can be told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.api.timeline import TimelineLineDocument
from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES
from schemas.fields import FieldFacts, fields_of
from schemas.marks import Personal

HIDDEN = "•••"
NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]{4,}(@.*)?", re.DOTALL)
SHOWN_DIGITS = 2
Mask = Callable[[Any, Mapping[str, Any]], Any]
"""What a field's value becomes, in its document."""
Masks = Mapping[str, Mask]


def masked(model: type[BaseModel], document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document or page, still valid for its model, in which what is personal is hidden."""
    return _with(_masks_of(model), document)


def masked_message(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a message's data likewise; what its type does not know is hidden too: a refused request may say it."""
    model = EVENT_CLASSES.get(type_) or REQUEST_CLASSES.get(type_)
    return _with_known(_known_of((model,)) if model else {}, data)


def hidden(value: Any) -> Any:
    """A number keeps its last two digits, an address its first character, so does a name; null and empty stay."""
    if value is None or value == "":
        return value
    text = str(value)
    if NUMBER.fullmatch(text):
        return HIDDEN + "".join(filter(str.isdigit, text.partition("@")[0]))[-SHOWN_DIGITS:]
    return f"{text[0]}{HIDDEN}@{HIDDEN}" if "@" in text[1:] and " " not in text else text[0] + HIDDEN


def hidden_text(value: Any) -> Any:
    """Of what was said only its length is told."""
    return f"{HIDDEN} ({len(value)} characters)" if isinstance(value, str) and value else _all_hidden(value)


def hidden_url(value: Any) -> Any:
    """Of where a file lies nothing but that it is an address."""
    return f"https://{HIDDEN}" if isinstance(value, str) and value else _all_hidden(value)


def _all_hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _all_hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_all_hidden(inner) for inner in value]
    return value if value is None or isinstance(value, bool) or value == "" else HIDDEN


WAYS: Mapping[str, Callable[[Any], Any]] = {"text": hidden_text, "url": hidden_url}


def _hide(name: str, value: Any) -> Any:
    return WAYS.get(name, hidden)(value) if isinstance(value, str) else _all_hidden(value)


def _with(masks: Masks, document: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(document)
    for name, mask in masks.items():
        told[name] = mask(told[name], document)
    return told


@cache
def _masks_of(model: type[BaseModel]) -> Masks:
    found: dict[str, Mask] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        inner = next(_models_in(field.annotation), None)
        if any(isinstance(mark, Personal) for mark in field.metadata):
            found[key] = lambda value, _, key=key: _hide(key, value)  # type: ignore[misc]  # bound by its default
        elif inner is not None and (masks := _masks_of(inner)):
            found[key] = lambda value, _, masks=masks: _inside(masks, value)  # type: ignore[misc]
    if model is TimelineLineDocument:
        found["data"] = lambda value, line: masked_message(line["type"], value)
    return found


def _inside(masks: Masks, value: Any) -> Any:
    if isinstance(value, list):
        return [_with(masks, one) for one in value]
    return None if value is None else _with(masks, value)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, UnionType, list):
        for part in get_args(annotation):
            yield from _models_in(part)


Known = Mapping[str, FieldFacts]


@cache
def _known_of(models: tuple[Any, ...]) -> Known:
    """The fields of a message's class, or of any of several that a value may be of; personal ones win."""
    found: dict[str, FieldFacts] = {}
    for field in (field for model in models for field in fields_of(model)):
        if field.name not in found or field.personal:
            found[field.name] = field
    return found


def _with_known(known: Known, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _known_masked(known.get(name), value) for name, value in data.items()}


def _known_masked(field: FieldFacts | None, value: Any) -> Any:
    if field is None:
        return _all_hidden(value)
    if field.personal:
        return _hide(field.name, value)
    if isinstance(value, Mapping):
        return _with_known(_known_of(field.parts), value)
    if isinstance(value, list):
        return [_known_masked(field, one) for one in value]
    return _all_hidden(value) if field.parts else value
