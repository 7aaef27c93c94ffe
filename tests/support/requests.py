"""Checks every request that leaves this process through `fargatectl.aws.session.Aws`, and counts them."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.support import model, patterns, unmodelled
from tests.support.model import Refused


def check(operation: Any, parameters: Mapping[str, Any]) -> None:
    """Raise Refused where AWS would not take this request.

    Args:
        operation: A botocore OperationModel.
        parameters: As given to the client's method.
    """
    name = f"{operation.service_model.service_name} {operation.name}"
    shape = operation.input_shape
    if shape is None:
        found = [f"takes no parameters: {sorted(parameters)}"] if parameters else []
    else:
        found = list(model.faults(shape, parameters))
    if not found:  # the rest may rely on types
        # Cloud Map has a CreateService and an UpdateService of its own.
        rules = name if name.startswith("servicediscovery ") else operation.name
        found = list(unmodelled.faults(rules, parameters))
        try:
            patterns.check(rules, parameters)
        except AssertionError as error:
            found.append(str(error))
    if found:
        raise Refused(f"{name}: {'; '.join(found)}")


READS = ("Describe", "List", "Get", "BatchGet")
"""How operations begin that change nothing."""


class Ledger:
    """What was checked, and what AWS would have refused.

    Attributes:
        log: A file descriptor that gets a line before a request is sent: who is killed cannot tell later.
        moment: Another number whenever the AWS of this process may be another than before.
    """

    def __init__(self) -> None:
        self.log: int | None = None
        self.checked: Counter[str] = Counter()
        self.refused: list[str] = []
        self.moment = 0
        self._lock = threading.Lock()

    def note(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        """A handler of botocore's ``before-parameter-build``."""
        name = f"{model.service_model.service_name} {model.name}"
        refusal: Refused | None = None
        try:
            check(model, params)
        except Refused as error:
            refusal = error
        # The engine and the command line turn what escapes into messages: a test must fail all the same.
        with self._lock:
            self.add({name: 1}, [str(refusal)] if refusal else [])
            if not model.name.startswith(READS):
                self.moment += 1
            if self.log is not None:
                told = " ".join(str(refusal or "").split())
                os.write(self.log, f"{name}\t{told}\n".encode())
        if refusal is not None:
            raise refusal

    def add(self, checked: Mapping[str, int], refused: list[str]) -> None:
        """Take over what another process has counted."""
        self.checked.update(checked)
        self.refused += refused

    def summary(self) -> str:
        return (
            f"requests checked {self.checked.total()}, operations {len(self.checked)}, "
            f"failures {len(self.refused)}"
        )


LEDGER = Ledger()
"""Of this process; of all of them at the end of a run with xdist."""


def install() -> None:
    """Let every client that `Aws` makes from now on tell `LEDGER` of its requests."""
    from fargatectl.aws.session import Aws

    make = Aws._make

    def watched(self: Aws, service: str, *more: Any) -> Any:
        client = make(self, service, *more)
        client.meta.events.register_last("before-parameter-build.*.*", LEDGER.note)
        return client

    Aws._make = watched  # type: ignore[method-assign]
