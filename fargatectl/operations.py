"""plan, up and down: exits of one road, observe -> plan -> converge."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fargatectl.aws.settling import AwsVerdicts
from fargatectl.dataclass import dataclass
from fargatectl.engine.converge import Converger, Outcome
from fargatectl.engine.observe import Look, observe
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.plan import Plan, make_plan
from fargatectl.engine.resource import Resource
from fargatectl.errors import ForeignError, Several
from fargatectl.resources.account import Account
from fargatectl.resources.registry import load_kinds
from fargatectl.run import SCHEMA, Run
from fargatectl.status import ask_for_tasks, services_document
from fargatectl.text import label

if TYPE_CHECKING:
    from fargatectl.app import App


@dataclass(frozen=True)
class Planned:
    """A plan, the observation it rests on, and the account."""

    plan: Plan
    look: Look
    account: str

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to change and nothing to follow."""
        found = (self.plan.outputs.live(resource) for resource in self.plan.desired)
        return not self.plan.changes and all(live.settled for live in found if live)

    def document(self, run: Run) -> dict[str, Any]:
        """``plan -o json``."""
        # Costs are not known yet, which the interface spells as null.
        changes = {"changes": self.plan.documents(), "monthly_cost": None}
        return {**run.head(self.account), **changes, **self.kept()}

    def kept(self) -> dict[str, Any]:
        """``kept`` of a document, where anything is."""
        kept = self.plan.kept_documents()
        return {"kept": kept} if kept else {}


def plan(run: Run, app: App, *, at_once: bool = False, tasks: bool = False) -> Planned:
    """What `up` would change. Nothing is changed.

    Args:
        at_once: Something will have to be changed: see `fargatectl.engine.observe.Look`.
        tasks: Ask for the tasks that run meanwhile; `up` shows them where there is nothing to change.

    Raises:
        ForeignError: A name that is wanted is held by what is not ours.
    """
    clusters = {one.cluster.name for one in app.services.values()} if tasks else set()
    return _plan(
        run,
        app.desired,
        app.account,
        clusters,
        thorough=False,
        prune=app.whole,
        at_once=at_once,
    )


def up(
    run: Run,
    app: App,
    planned: Planned,
    *,
    wait: bool = True,
    deadline: float | None = None,
    changed: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Do what was planned; ``up -o json``.

    Args:
        wait: Follow rollouts to their end.
        deadline: On the monotonic clock.
        changed: Called when nothing more is changed, before it is looked at what there is now.

    Raises:
        FargatectlError: What went wrong, when something did; what could be done was done.
    """
    done_before = planned.is_done
    outcome = _converge(run, planned, deadline, wait=wait)
    changed()
    look = planned.look if done_before else Look(run.aws, run.scope, planned.plan.desired, thorough=False)
    return {
        **run.head(planned.account),
        "services": services_document(look, [one.address for one in app.services.values()]),
        "changes": planned.plan.documents(),
        **({"left": [dataclasses.asdict(one) for one in outcome.left]} if outcome.left else {}),
        **planned.kept(),
        "seconds": round(time.monotonic() - run.started, 3),
    }


def removal(run: Run, *, delete_data: bool = False) -> Planned:
    """A plan that removes everything the app owns in this environment.

    Args:
        delete_data: People's data too, which is kept otherwise.

    Raises:
        ForeignError: Something of somebody else's is in what would be removed.
    """
    planned = _plan(run, (), None, (), thorough=True, delete_data=delete_data)
    _check_lodgers(planned.plan)
    return planned


def _check_lodgers(plan: Plan) -> None:
    """Stop before anything is removed where something of ours holds what is somebody else's."""
    for live in plan.world:
        if not live.owned and "inside" in live.extra:
            raise ForeignError(
                f"not ours: the {label(live.kind)} {live.address}, in {live.extra['inside']}",
                hint="It would go too, or be in the way, and nothing was removed. Remove it yourself if "
                "nobody needs it.",
                details=[{"kind": live.kind, "name": live.name, "address": live.address}],
            )
    for cluster in plan.world:
        if cluster.kind == "ecs.cluster" and cluster.owned:
            ours = [
                one
                for one in plan.world
                if one.kind == "ecs.service"
                and one.owned
                and one.address.startswith(f"{cluster.name}/")
                and not one.extra["draining"]  # the cluster does not count those
            ]
            others = cluster.extra["services"] - len(ours)
            if others > 0:
                raise ForeignError(
                    f"not ours: {others} of the services in the cluster {cluster.name}",
                    hint="Nothing was removed. Move or remove them first: "
                    f"aws ecs list-services --cluster {cluster.name}",
                )


def down(run: Run, planned: Planned, *, deadline: float | None = None) -> dict[str, Any]:
    """Remove everything; ``down -o json``."""
    outcome = _converge(run, planned, deadline)
    deleted = [{"kind": change.kind, "name": change.name} for change in outcome.done]
    return {"schema": SCHEMA, "deleted": deleted, "kept": planned.plan.kept_documents()}


def _plan(
    run: Run,
    desired: Sequence[Resource],
    account: Account | None,
    clusters: Iterable[str],
    *,
    thorough: bool,
    delete_data: bool = False,
    prune: bool = True,
    at_once: bool = False,
) -> Planned:
    load_kinds()
    outputs = Outputs()
    everything = _everything(desired)
    look = Look(run.aws, run.scope, everything, thorough=thorough, at_once=at_once)
    world, _ = look.gather(lambda: observe(look, everything, outputs), lambda: ask_for_tasks(look, clusters))
    made = make_plan(desired, world, outputs, delete_data=delete_data, prune=prune)
    return Planned(made, look, str(outputs.get(account, "id")) if account else "")


def _everything(desired: Sequence[Resource]) -> list[Resource]:
    from fargatectl.engine.plan import in_order

    return in_order(desired)


def _converge(run: Run, planned: Planned, deadline: float | None, *, wait: bool = True) -> Outcome:
    """Do what was planned; raises what went wrong, when something did."""
    converger = Converger(run.tools(), AwsVerdicts(), deadline=deadline, wait=wait, control=run.control)
    outcome = converger.run(planned.plan)
    _raise(outcome)
    return outcome


def _raise(outcome: Outcome) -> None:
    if not outcome.errors:
        return
    # What ended first is chance; the exit code must not be.
    worst, *others = sorted(outcome.errors, key=lambda error: (-error.ends_with, error.message))
    others = [one for one in others if (one.message, one.hint) != (worst.message, worst.hint)]
    if others:
        raise Several(worst, others)
    raise worst
