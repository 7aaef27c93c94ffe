"""``fargatectl validate``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from fargatectl.cli.opened import check_builds, finish, load_specs
from fargatectl.cli.options import Options, shared

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec


@click.command("validate")
@shared(aws=False)
def command(options: Options) -> None:
    """Check a spec, every fault at once, without touching AWS.

    With -e in that environment; without it the base and every environment, where a variable that only an
    environment needs may be unset: what hangs on it is then not checked, and it is named.
    """
    from fargatectl.console.output import warn
    from fargatectl.spec import plaintext

    every, unset = load_specs(options)
    check_builds(every, {})
    _check_for_aws(every)
    told = [*unset, *(problem for one in every for problem in plaintext.warnings(one))]
    for problem in dict.fromkeys(told):
        warn(str(problem))
    loaded, *more = every
    names = list(loaded.spec.services)
    good = f"{loaded.path} is good: {loaded.spec.app} with {', '.join(names)}"
    if more:
        good += f"; as well in {', '.join(one.environment for one in more)}"
    document = {
        "schema": 1,
        "app": loaded.spec.app,
        "environment": loaded.environment,
        "environments": [one.environment for one in every],
        "file": str(loaded.path),
        "services": names,
    }
    finish(options, document, lambda: f"{good}.")


def _check_for_aws(every: Sequence[LoadedSpec]) -> None:
    """Raise SpecError for what of any environment is not AWS's, or not of its region."""
    from fargatectl.errors import SpecError

    problems, hint = [], ""
    for loaded in every:
        if not (loaded.spec.overrides or loaded.spec.load_balancer.certificate):
            continue
        from fargatectl.app import build
        from fargatectl.regional import home

        try:  # Wherever it is: what may be overridden is the same.
            build(loaded, region=home(loaded), content_hash=lambda _build: "")
        except SpecError as error:
            problems += error.problems
            hint = error.hint
    if problems:
        raise SpecError(list(dict.fromkeys(problems)), hint=hint)
