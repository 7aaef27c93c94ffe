"""Cloud Map's ListServices lists the services of the namespaces that it is asked for."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import json_response
from ministack.services import servicediscovery

from .patching import Function, replace


def _filtered(original: Function) -> Function:
    def list_services(data: dict[str, Any]) -> Any:
        asked = [one for one in data.get("Filters") or () if one.get("Name") == "NAMESPACE_ID"]
        if not asked:
            return original(data)
        wanted = {value for one in asked for value in one.get("Values", ())}
        every = servicediscovery._services.values()
        return json_response({"Services": [one for one in every if one["NamespaceId"] in wanted]})

    return list_services


def install() -> None:
    """Replace the list."""
    replace(servicediscovery, "_list_services", _filtered)
