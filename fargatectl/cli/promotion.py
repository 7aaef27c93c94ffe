"""What `promote` and `abort` have in common."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fargatectl.cli.hints import addressed
from fargatectl.cli.opened import check_services

if TYPE_CHECKING:
    from fargatectl.cli.opened import Opened


def run(verb: str, open_: Opened, names: tuple[str, ...], *, wait: bool, timeout: float) -> None:
    """Do one of the two and show what became of it.

    Raises:
        FargatectlError: Nothing is under way, or it ended otherwise.
    """
    from fargatectl.console.output import show, show_document
    from fargatectl.engine.observe import Look
    from fargatectl.rollout import promotion

    deadline = time.monotonic() + timeout
    aws, scope, emit = open_.run.aws, open_.run.scope, open_.run.emit
    desired: tuple[Any, ...] = ()
    if open_.loaded is not None:
        check_services(open_.loaded, names)
        desired = open_.app_as_named().desired
    look = Look(aws, scope, desired, thorough=not desired)
    every = promotion.underway(look, [one.address for one in desired if one.kind == "ecs.service"], names)
    states = ("paused",) if verb == "promote" else ("paused", "deploying")
    chosen = [one for one in every if one.state in states]
    if not chosen:
        raise promotion.none_to(verb, every)
    for one in chosen:
        (promotion.promote if verb == "promote" else promotion.abort)(aws, one)
    ended = {one.service: "asked for" for one in chosen}
    if wait:
        expected = "SUCCESSFUL" if verb == "promote" else "ROLLBACK_SUCCESSFUL"
        ended = promotion.follow(aws, chosen, emit, expected=expected, deadline=deadline)
    if open_.options.output == "json":
        found = [{"name": name, "state": state} for name, state in ended.items()]
        show_document({"schema": 1, "services": found})
    else:
        for name, state in ended.items():
            show(f"{name}: {state.replace('_', ' ')}")
        if next_ := ", ".join(
            _after(open_, [name for name, state in ended.items() if state == "successful"])
        ):
            text = f"What comes after that is deployed by the next fargatectl up: {next_}."
            show(addressed(text, open_.options))


def _after(open_: Opened, done: list[str]) -> list[str]:
    """The services that `up` left while these were paused, where the spec is at hand."""
    if open_.loaded is None:
        return []
    services = open_.loaded.spec.services
    return [name for name, one in services.items() if set(one.after) & set(done)]
