"""End results as text for a person, from the very documents that ``-o json`` prints.

Every document is as in the JSON of ``status``, ``plan``, ``up``, ``down`` and errors; what came from AWS is
cleaned. No text ends with a newline.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fargatectl.console.text import QUOTE, clean_lines, columns, duration, mark, pad, shorten, width
from fargatectl.text import clean, label

__all__ = ["down_text", "error_text", "heading", "label", "plan_text", "since_text", "status_text", "up_text"]

Document = Mapping[str, Any]

LONGEST_VALUE = 60  # cells of a field's old or new value
_BEFORE = 8  # characters of what long values have in common, before what differs
DIGEST_DIGITS, TASK_ID_DIGITS = 12, 8  # what AWS's and Docker's own screens show


def heading(document: Document) -> str:
    """Whose resources: ``app  environment  region  account``, and the platform where it is not ECS."""
    platform = document.get("platform")
    parts = [document.get(key) for key in ("app", "environment", "region", "account")]
    return "  ".join(clean(part) for part in [*parts, platform if platform != "ecs" else ""] if part)


def status_text(document: Document) -> str:
    """What runs: each service with its address and its tasks."""
    services = document.get("services") or []
    blocks = [heading(document)]
    heads = columns(_service_row(service) for service in services)
    indent = " " * (2 + max((width(clean(service["name"])) for service in services), default=0))
    tasks = [[_task_row(task) for task in service.get("tasks") or []] for service in services]
    lines = iter(columns((row for rows in tasks for row in rows), indent=indent))
    for service, head, rows in zip(services, heads, tasks, strict=True):
        address = [indent + clean(service["url"])] if service.get("url") else []
        blocks.append("\n".join([head, *address, *(next(lines) for _ in rows)]))
    if not services:
        blocks.append(f"No services: none {_elsewhere(document)}")
    return "\n\n".join(filter(None, blocks))


def _elsewhere(document: Document) -> str:
    """Where it was looked in vain, and where else: what runs there must not pass for gone."""
    app, environment, region = (clean(document[key]) for key in ("app", "environment", "region"))
    return f"of {app} (environment {environment}) in {region}. Elsewhere: --region; another environment: -e."


def plan_text(document: Document) -> str:
    """What ``up`` would change, why, and what it would cost a month where that is known."""
    changes = document.get("changes") or []
    summary = [f"{_counts(changes, 'to {}')}." if changes else "Nothing to change."]
    cost = document.get("monthly_cost")
    if cost is not None:
        summary.append(_cost(cost))
    kept = _kept_lines(document)
    return "\n\n".join(filter(None, [_change_lines(changes), kept, "\n".join(summary)]))


def _kept_lines(document: Document) -> str:
    """What nobody wants any more and holds people's data, each with how to remove it."""
    kept = document.get("kept") or []
    return "\n".join(columns(map(_kept_row, kept), indent="  "))


def _kept_row(one: Document) -> list[str]:
    return ["=", label(clean(one["kind"])), clean(one["name"]), f"kept: {clean(one['why'])}"]


def up_text(document: Document, *, options: str = "") -> str:
    """The addresses, what was done in how long, and what to type next.

    Suggested commands that need options stand on lines of their own.

    Args:
        document: As ``up -o json`` prints it.
        options: What the suggested commands need so that they mean the same app, such as ``-e prod``;
            the environment where nothing is given.
    """
    environment = document.get("environment") or "default"
    if not options and environment != "default":
        options = f"-e {environment}"
    services = document.get("services") or []
    reached = [service for service in services if service.get("url")]
    if reached and len(services) == 1:
        addresses = clean(reached[0]["url"])
    else:  # an address among several services says whose it is
        addresses = "\n".join(columns([clean(one["name"]), clean(one["url"])] for one in reached))
    changes, seconds = document.get("changes") or [], document.get("seconds")
    left = document.get("left") or []
    undone = {(one["action"], one["kind"], one["id"]) for one in left}
    done = [one for one in changes if (one["action"], one["kind"], one["id"]) not in undone]
    if changes and not done:
        end = "Nothing was changed."
    elif changes:
        took = f" in {duration(seconds)}" if seconds is not None else ""
        see, follow, remove = (_command(text, options) for text in ("status", "logs -f", "down"))
        end = f"{_counts(done, '{}d')}{took}."
        if options:  # long ones are easier to copy from lines of their own
            end += f"\n  see it     {see}\n             {follow}\n  remove it  {remove}"
        else:
            end += f" See it: {see}, {follow}. Remove it: {remove}"
    else:
        end = f"Nothing to change ({duration(seconds)})." if seconds is not None else "Nothing to change."
    return "\n\n".join(filter(None, [addresses, _left(left), _kept_lines(document), end]))


def _left(every: Sequence[Document]) -> str:
    """What is left for a later run: a line for each reason."""
    names: dict[str, list[str]] = {}
    for one in every:
        names.setdefault(clean(one["why"]), []).append(f"{label(clean(one['kind']))} {clean(one['name'])}")
    return "\n".join(f"Left for later, as {why}: {', '.join(told)}." for why, told in names.items())


def down_text(document: Document, head: Document, *, list_deleted: bool = True) -> str:
    """What was deleted, and what was kept and why.

    Args:
        document: As ``down -o json`` prints it.
        head: Whose and where, as other documents begin.
        list_deleted: False where a view has already shown every deletion.
    """
    deleted, kept = document.get("deleted") or [], document.get("kept") or []
    if not deleted and not kept:
        return f"Nothing to remove: nothing {_elsewhere(head)}"
    rows = [[mark("delete"), label(clean(one["kind"])), clean(one["name"])] for one in deleted]
    rows = rows if list_deleted else []
    rows += map(_kept_row, kept)
    end = f"{len(deleted)} deleted" if deleted else "Nothing to remove"
    end += f", {len(kept)} kept." if kept else "."
    return "\n\n".join(filter(None, ["\n".join(columns(rows, indent="  ")), end]))


def error_text(document: Document) -> str:
    """``error:`` and the message, then log lines that show the cause, then what to do.

    The log is what details hold under ``log``: a text or a list of lines.
    """
    error = document["error"]
    first, *more = clean_lines(error["message"])
    lines = [f"error: {first}"]
    lines += [line if line.startswith(QUOTE.rstrip()) else f"       {line}".rstrip() for line in more]
    for detail in error.get("details") or []:
        lines += [f"{QUOTE}{line}".rstrip() for line in _log_lines(detail)]
    if error.get("hint"):
        lines += clean_lines(error["hint"])
    return "\n".join(lines)


def _service_row(service: Document) -> list[str]:
    running = f"{service.get('running', 0)} of {service.get('desired', 0)} running"
    if service.get("pending"):
        running += f", {service['pending']} pending"
    # As errors name it: the family says app and environment again.
    definition = str(service.get("task_definition") or "")
    revision = f"{service['name']}:{definition.rpartition(':')[2]}" if definition else ""
    parts = (service["name"], service.get("state") or "", running, revision, _image(service.get("image")))
    return [clean(part) for part in parts]


def _task_row(task: Document) -> list[str]:
    health = task.get("health") or ""
    return [
        clean(str(task.get("id") or "").rpartition("/")[2])[:TASK_ID_DIGITS],
        clean(task.get("status") or ""),
        "" if health == "UNKNOWN" else clean(health),  # what ECS says where there is no health check
        clean(task.get("public_ip") or task.get("private_ip") or ""),
        since_text(task.get("started_at")),
    ]


def _image(uri: object) -> str:
    text = str(uri or "")
    name, at, digest = text.rpartition("@")
    if not at:
        return text.rpartition("/")[2]
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:DIGEST_DIGITS]}" if digits else name


def since_text(started: object) -> str:
    """Such as ``since 2026-01-01 12:00:00 UTC``; empty for no moment."""
    if not started:
        return ""
    try:
        moment = started if isinstance(started, datetime) else datetime.fromisoformat(str(started))
    except ValueError:
        return f"since {clean(started)}"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return f"since {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _change_lines(changes: Sequence[Document]) -> str:
    heads = [
        [mark(change["action"]), label(clean(change["kind"])), clean(change.get("name") or change["id"])]
        for change in changes
    ]
    details = [_details(change) for change in changes]
    lines = columns([*head, detail[0]] for head, detail in zip(heads, details, strict=True))
    start = sum(max((width(head[place]) for head in heads), default=0) + 2 for place in range(3))
    text = []
    for line, detail in zip(lines, details, strict=True):
        text += [f"  {line}", *(f"  {pad('', start)}{more}" for more in detail[1:])]
    return "\n".join(text)


def _details(change: Document) -> list[str]:
    """At least one line: the fields of an update or a replacement, what is overridden, then the cause."""
    lines = []
    if change["action"] == "create":  # all else of it stands in the spec under its own key
        for field in change.get("fields") or []:
            lines.append(f"{clean(field['field'])}: {_value(field['new'])}")
    if change["action"] in ("update", "replace"):
        for field in change.get("fields") or []:
            lines.append(f"{clean(field['field'])}: {_differing(field['old'], field['new'])}")
    cause = clean(change.get("cause") or "")
    if change["action"] == "replace":
        cause = f"replaced: {cause}" if cause else "replaced"
    if cause:
        lines.append(f"({cause})")
    return lines or [""]


def _differing(old: object, new: object) -> str:
    """Both values; long ones from shortly before their first difference, where that is far from the start."""
    texts = [_text(old), _text(new)]
    if texts[0] == texts[1]:  # what is left out of an ARN is what differs
        texts = [_text(old, whole=True), _text(new, whole=True)]
    pairs = enumerate(zip(*texts, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(map(len, texts)))
    far = LONGEST_VALUE // 2 < same < max(map(len, texts))  # equal ones differ in what is hidden alone
    if far and any(width(text) > LONGEST_VALUE for text in texts):
        texts = [f"…{text[same - _BEFORE :]}" for text in texts]
    return " -> ".join(shorten(text, LONGEST_VALUE) for text in texts)


def _value(value: object) -> str:
    return shorten(_text(value), LONGEST_VALUE)


def _text(value: object, *, whole: bool = False) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if text.startswith("arn:") and "/" in text and not whole:
        text = text.rpartition("/")[2]  # the rest is the same for all
    return clean(text) or '""'


def _counts(changes: Sequence[Document], form: str) -> str:
    """Such as ``8 to create, 1 to update``, in the order create, update, replace, delete, others."""
    counts = Counter(change["action"] for change in changes)
    order = [action for action in ("create", "update", "replace", "delete") if action in counts]
    order += [action for action in counts if action not in order]
    return ", ".join(f"{counts[action]} {form.format(action)}" for action in order)


def _cost(cost: Document) -> str:
    before, after, currency = cost.get("before"), cost.get("after"), clean(cost.get("currency") or "USD")
    if before is None or f"{before:.2f}" == f"{after:.2f}":
        same = "" if before is None else ", unchanged"
        return f"Monthly cost: {after:.2f} {currency}{same}."
    return f"Monthly cost: {before:.2f} -> {after:.2f} {currency} ({after - before:+.2f})."


def _command(text: str, options: str) -> str:
    return " ".join(filter(None, ["fargatectl", text, clean(options)]))


def _log_lines(detail: Document) -> list[str]:
    log = detail.get("log") or []
    return [line for text in ([log] if isinstance(log, str) else log) for line in clean_lines(text)]
