"""A copy of all that moto holds, to begin another test with: a twentieth of the time that making it takes."""

from __future__ import annotations

import copyreg
import io
import pickle
import threading
import types
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.support import requests

_LOCK = type(threading.RLock())


class _Pickler(pickle.Pickler):
    """Leaves out what is no part of an account's state: code, locks, and modules."""

    def __init__(self, file: Any, kept: list[Any]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._kept = kept

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, _LOCK):
            return "lock"
        code = isinstance(obj, (types.FunctionType, types.ModuleType, type))
        if code or type(obj).__module__.startswith("cryptography."):  # keys do not change
            self._kept.append(obj)
            return len(self._kept) - 1
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, defaultdict) and type(obj) is not defaultdict:
            # Those of moto take other arguments than `defaultdict`.
            state = (vars(obj), {"default_factory": obj.default_factory})
            return copyreg.__newobj__, (type(obj),), state, None, iter(dict.items(obj))  # type: ignore[attr-defined]
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, kept: list[Any]) -> None:
        super().__init__(file)
        self._kept = kept

    def persistent_load(self, pid: Any) -> Any:
        return threading.RLock() if pid == "lock" else self._kept[pid]


@dataclass(frozen=True)
class World:
    """All accounts of this process's AWS at one moment."""

    state: bytes
    kept: list[Any]

    @classmethod
    def of_now(cls) -> World:
        """As they are."""
        from moto.core.base_backend import BackendDict

        kept: list[Any] = []
        file = io.BytesIO()
        regions = [
            (service, [(account, dict(regions)) for account, regions in service.items()])
            for service in BackendDict._instances  # type: ignore[misc]
        ]
        services = [service for service, _ in regions]
        _Pickler(file, kept).dump([accounts for _, accounts in regions])
        return cls(file.getvalue(), [services, *kept])

    def enter(self) -> None:
        """What was there is gone, and this is there instead."""
        from moto.core.base_backend import BackendDict

        BackendDict.reset()
        requests.LEDGER.moment += 1
        services, *kept = self.kept
        for service, accounts in zip(services, _Unpickler(io.BytesIO(self.state), kept).load(), strict=True):
            for account, regions in accounts:
                held = service[account]
                for region, backend in regions.items():
                    held[region] = backend
