"""The JSON Schema of a spec file, for editors: what people may write, which is more than the models hold.

Made from the models, so that it cannot fall behind them. It adds what only the file has: references such as
`${PORT}` in place of any value, and the environments' overlays: nothing required there, null removes a key.
What depends on several keys at once (which memory goes with which CPU) is left to `load`.
"""

from __future__ import annotations

from typing import Any

from fargatectl.spec.models import Spec
from fargatectl.spec.parts import NAME

Schema = dict[str, Any]

_REFERENCE: Schema = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "A reference to an environment variable.",
}
_OVERLAY = "Overlay"


def json_schema() -> Schema:
    """The schema (draft 2020-12) of the whole file, as JSON-serialisable data."""
    made = Spec.model_json_schema()
    definitions = {name: _for_files(definition) for name, definition in made.pop("$defs").items()}
    root = _for_files(made)
    overlays = {name + _OVERLAY: _for_overlays(definition) for name, definition in definitions.items()}
    overlay = _for_overlays(root) | {
        "description": "What differs from the rest of the file in one environment."
    }
    del overlay["properties"]["app"]
    root["properties"]["environments"] = {
        "type": "object",
        "description": (
            "Environments by name, each with what differs there: maps are merged, lists and values "
            "replaced, and null removes a key. Choose one with -e."
        ),
        "patternProperties": {
            f"^(?:{NAME})$": {"anyOf": [{"$ref": "#/$defs/SpecOverlay"}, {"type": "null"}]}
        },
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fargatectl spec",
        **root,
        "$defs": definitions | overlays | {"Spec" + _OVERLAY: overlay},
    }


def _for_files(schema: Schema) -> Schema:
    """A generated schema without titles and nulls, closed, and with references allowed for every value."""
    schema = {
        key: value for key, value in schema.items() if key != "title" and (key, value) != ("default", None)
    }
    if "anyOf" in schema:
        choices = [_for_files(choice) for choice in schema.pop("anyOf") if choice != {"type": "null"}]
        choices = [choice for position, choice in enumerate(choices) if choice not in choices[:position]]
        # A lone choice is no choice; nested ones (a reference was added to each) are one flat list.
        return (choices[0] | schema) if len(choices) == 1 else {"anyOf": _flat(choices)} | schema
    for key in ("properties", "patternProperties"):
        if key in schema:
            schema[key] = {name: _for_files(inner) for name, inner in schema[key].items()}
    if "patternProperties" in schema:
        schema["additionalProperties"] = False
        schema.pop("propertyNames", None)
    if "items" in schema:
        schema["items"] = _for_files(schema["items"])
    plain_text = schema.get("type") == "string" and "pattern" not in schema
    narrow = "enum" in schema or "pattern" in schema or schema.get("type") in ("integer", "number", "boolean")
    if plain_text or not narrow:
        return schema
    about = {key: schema.pop(key) for key in ("description", "default") if key in schema}
    return {"anyOf": [schema, _REFERENCE]} | about


def _flat(choices: list[Schema]) -> list[Schema]:
    flat: list[Schema] = []
    for choice in choices:
        for inner in choice["anyOf"] if list(choice) == ["anyOf"] else [choice]:
            if inner not in flat:
                flat.append(inner)
    return flat


def _for_overlays(schema: Schema) -> Schema:
    """The same schema where everything may be left out, or be null to remove it."""
    made = {
        key: value for key, value in schema.items() if key not in ("required", "minProperties", "default")
    }
    if "$ref" in made:
        made["$ref"] += _OVERLAY
    if "anyOf" in made:
        made["anyOf"] = [_for_overlays(choice) for choice in made["anyOf"]]
    for key in ("properties", "patternProperties"):
        if key in made:
            made[key] = {name: _or_null(_for_overlays(inner)) for name, inner in made[key].items()}
    return made


def _or_null(schema: Schema) -> Schema:
    about = {key: schema[key] for key in ("description",) if key in schema}
    inner = {key: value for key, value in schema.items() if key not in about}
    choices = inner["anyOf"] if list(inner) == ["anyOf"] else [inner]
    return {"anyOf": [*choices, {"type": "null"}]} | about
