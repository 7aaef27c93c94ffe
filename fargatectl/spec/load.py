"""From a file to a checked spec: find, read, lay the environment over it, and name every fault at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from fargatectl.dataclass import dataclass
from fargatectl.errors import NoEnvironment, Problem, SpecError, UsageError
from fargatectl.spec import explain, plaintext, tree
from fargatectl.spec.models import LoadedSpec, Spec
from fargatectl.spec.overlay import merge
from fargatectl.spec.parts import NAME, NAME_RULE
from fargatectl.spec.source import read
from fargatectl.spec.substitute import substitute
from fargatectl.spec.tree import Node, dotted

DEFAULT_ENVIRONMENT = "default"

_ENVIRONMENTS = "environments"


def load(
    path: Path, *, environment: str | None = None, environ: Mapping[str, str], text: str | None = None
) -> LoadedSpec:
    """The spec in `path`, checked.

    Args:
        path: The file; faults name it as it is given here.
        environment: Whose overlay to apply; None for the default environment.
        environ: Where `${VAR}` is looked up.
        text: What the file holds, where it was read already.

    Raises:
        SpecError: The file cannot be read or has faults: all of them, in the order of their lines.
        UsageError: There is no such environment: NoEnvironment, or none can have such a name.
    """
    written = _parts(path, read(path) if text is None else text)
    _refuse_unknown(environment, written.overlays, str(path))
    loaded, problems, unset = _checked(written, environment or DEFAULT_ENVIRONMENT, environ)
    problems = [*written.problems, *problems, *unset]
    if problems or loaded is None:
        raise SpecError(list(dict.fromkeys(problems)))
    return loaded


def load_every(path: Path, *, environ: Mapping[str, str]) -> tuple[list[LoadedSpec], list[Problem]]:
    """The spec in `path` without an environment, then in each that it has, checked.

    Also the variables that only an environment needs and that are not set here: what hangs on them was not
    checked.

    Raises:
        SpecError: The file cannot be read, or any of them has faults: all of them. One of the base is told
            once; one that it has only under an overlay, with the environment's name.
    """
    written = _parts(path, read(path))
    names = list(dict.fromkeys([DEFAULT_ENVIRONMENT, *written.overlays]))
    results = {name: _checked(written, name, environ) for name in names}
    faults = list(written.problems)
    _, problems, unset_in_base = results[DEFAULT_ENVIRONMENT]
    faults += unset_in_base
    in_base = {(problem.line, problem.key) for problem in [*problems, *unset_in_base]}
    only_in: dict[Problem, list[str]] = {}
    unset: list[Problem] = []
    for name, (_, problems, variables) in results.items():
        unset += [problem for problem in variables if (problem.line, problem.key) not in in_base]
        for problem in problems:
            if name == DEFAULT_ENVIRONMENT or problem.key.startswith(f"{_ENVIRONMENTS}."):
                faults.append(problem)
            elif (problem.line, problem.key) not in in_base:
                only_in.setdefault(problem, []).append(name)
    for problem, where in only_in.items():
        named = ", ".join(dict.fromkeys(where))
        faults.append(replace(problem, text=f"{problem.text} (in environment {named})"))
    if faults:
        raise SpecError(list(dict.fromkeys(faults)))
    return [loaded for loaded, *_ in results.values() if loaded is not None], list(dict.fromkeys(unset))


@dataclass(frozen=True)
class _Written:
    """What stands in a file: the base, what differs in environments, and the faults of both by their form."""

    path: Path
    base: Node
    overlays: Mapping[str, Node]
    problems: Sequence[Problem]


def _parts(path: Path, text: str) -> _Written:
    file = str(path)
    root, problems = tree.parse(text, file)
    if root is None or root.value is None:
        raise SpecError([Problem(file, 0, "", "is empty")], hint="Write one with fargatectl init.")
    if not isinstance(root.value, dict):
        raise SpecError([Problem(file, root.line, "", "must be a map that starts with app: NAME")])
    overlays = _overlays(root.value.get(_ENVIRONMENTS), file, problems)
    base = Node({key: child for key, child in root.value.items() if key != _ENVIRONMENTS}, root.line)
    problems += explain.unknown_keys(base, Spec, file, also=[_ENVIRONMENTS])
    return _Written(path, base, overlays, problems)


def _checked(
    written: _Written, name: str, environ: Mapping[str, str]
) -> tuple[LoadedSpec | None, list[Problem], list[Problem]]:
    """The spec in one environment, or None; its faults besides those by form; variables that are not set."""
    file, overlay = str(written.path), written.overlays.get(name)
    unresolved: list[Problem] = []
    merged = merge(written.base, overlay) if overlay else written.base
    merged = substitute(merged, environ, file, unresolved)
    plaintext.learn(merged)
    spec, problems = None, []
    try:
        spec = Spec.model_validate(merged.plain(), context={"folder": written.path.absolute().parent})
    except ValidationError as error:
        # A text with a reference that could not be resolved is no text to complain about.
        keys = {problem.key for problem in unresolved}
        found = explain.problems(error.errors(include_url=False), merged, file)
        found = explain.misnamed(found, written.base, overlay) if overlay else found
        problems = [problem for problem in found if problem.key not in keys]
    problems += explain.shared_names(merged, file)
    loaded = LoadedSpec(spec, written.path, name, _lines(merged)) if spec else None
    return loaded, problems, unresolved


def missing_files(loaded: LoadedSpec) -> list[Problem]:
    """A fault for every build whose folder or Dockerfile is not there.

    `load` does not look for them: only what builds needs them, and `down` must work without.
    """
    found = []
    for name, service in loaded.spec.services.items():
        if service.build is None:
            continue
        key = f"services.{name}.build"
        folder, dockerfile = service.build.context, service.build.context / service.build.dockerfile
        if not os.path.isdir(folder):  # noqa: PTH112 - Path's raises for a name that is too long
            fault = f"there is no folder {folder}"
        elif not os.path.isfile(dockerfile):  # noqa: PTH113
            fault = f"there is no {service.build.dockerfile} in {folder}"
        else:
            continue
        found.append(Problem(str(loaded.path), loaded.line_of(key), key, fault))
    return found


def _overlays(node: Node | None, file: str, problems: list[Problem]) -> dict[str, Node]:
    """The environments' overlays by name, each with its keys checked; empty ones change nothing."""
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        problems.append(
            Problem(file, node.line, _ENVIRONMENTS, "must be a map of names to what differs there")
        )
        return {}
    overlays = {}
    for name, overlay in node.value.items():
        if not re.fullmatch(NAME, name):
            problems.append(
                Problem(file, overlay.line, dotted(overlay.path), f"{name!r} is not valid: {NAME_RULE}")
            )
        if overlay.value is not None and not isinstance(overlay.value, dict):
            fault = "must be a map of what differs in this environment"
            problems.append(Problem(file, overlay.line, dotted(overlay.path), fault))
            continue
        entries = overlay.value or {}
        overlays[name] = Node(entries, overlay.line, overlay.path)
        problems += explain.unknown_keys(overlays[name], Spec, file)
        if "app" in entries:
            fault = "cannot differ in an environment: the environment's name is part of every name already"
            problems.append(Problem(file, entries["app"].line, dotted(entries["app"].path), fault))
    return overlays


def _refuse_unknown(environment: str | None, overlays: Mapping[str, Node], file: str) -> None:
    """An app without overlays may be deployed under any name; one with overlays only as they are called."""
    if environment is None:
        return
    if not re.fullmatch(NAME, environment):
        raise UsageError(f"{environment!r} is not a name for an environment: {NAME_RULE}")
    if overlays and environment not in overlays and environment != DEFAULT_ENVIRONMENT:
        meant = explain.suggestion(environment, overlays)
        raise NoEnvironment(
            f"{file} has no environment {environment}" + (f": did you mean {meant}?" if meant else ""),
            hint=f"It has {', '.join(overlays)}. Add others under {_ENVIRONMENTS}.",
        )


def _lines(root: Node, path: tree.Path = ()) -> dict[str, int]:
    """Dotted key path -> line, by the paths of the merged spec."""
    lines = {dotted(path): root.line} if path else {}
    for key, child in root.children:
        lines |= _lines(child, (*path, key))
    return lines
