"""OpenAPI from the contract's Structs, so that what is published is what is checked."""

from typing import Any, get_args

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiParameter

from backend.contract import actions, answers, requests, shapes

_REF = "#/components/schemas/{name}"


class StructExtension(OpenApiSerializerExtension):
    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        # What it refers to is added by `complete`, with everything else.
        return components([self.target])[self.target.__name__]


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "backend.api.authentication.TokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def components(types: list[type]) -> dict[str, Any]:
    """JSON schemas of Structs and all they refer to. Answers may grow members, requests may not."""
    _, found = msgspec.json.schema_components(types, ref_template=_REF)
    for schema in found.values():
        schema.pop("title", None)
    return found


def query_parameters(shape: type[msgspec.Struct]) -> list[OpenApiParameter]:
    schema = components([shape])[shape.__name__]
    return [
        OpenApiParameter(name, type=_without_null(member), required=False)
        for name, member in schema["properties"].items()
    ]


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the shapes that only the socket uses; asyncapi.yaml refers to them here."""
    structs = [s for module in (shapes, answers, requests, actions) for s in _structs_of(module)]
    for name, schema in components(structs).items():
        result["components"]["schemas"].setdefault(name, schema)
    result["components"]["schemas"] = dict(sorted(result["components"]["schemas"].items()))
    return result


def _structs_of(module: Any) -> list[type]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__module__ == module.__name__
        and not get_args(value)
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: a parameter is there or not."""
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if not options:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**options[0], **rest}
