"""IAM as AWS asks it, where the local AWS was started with FARGATECTL_LOCAL_AUTH=true.

MiniStack's AUTH=true checks signatures and evaluates policies, and this leaves both to it. But it asks once
for each request, for the action of the request's own name, on a resource that it guesses: a role without its
path, a service's cluster in place of the service, no ``ecs:cluster``. Here it asks what `permissions` says:
tags at creation, iam:PassRole and the condition keys too. And a push to the registry is asked for as ECR
does, in the name of whoever got the password. Each answer is one line of the local AWS's log.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, ecr, efs, iam

from .patching import Function, replace
from .permissions import Need, needs

WANTED = os.environ.get("AUTH") == "true"

_asked: ContextVar[tuple[str, list[Need]] | None] = ContextVar("fargatectl_asked", default=None)
_denied: ContextVar[Need | None] = ContextVar("fargatectl_denied", default=None)
_caller: ContextVar[str] = ContextVar("fargatectl_caller", default="")

_passwords: dict[str, str] = {}
"""The registry's: each with the access key of whoever it was given to."""
PULLING = {"username": "AWS", "password": secrets.token_hex(16)} if WANTED else None
"""What ECS pulls with; None: as anybody."""

# A request to the registry -> its action (Amazon ECR User Guide, "IAM permissions for pushing an image").
_REGISTRY = {
    ("blob", "HEAD"): "ecr:BatchCheckLayerAvailability",
    ("blob", "GET"): "ecr:GetDownloadUrlForLayer",
    ("blob_uploads", "POST"): "ecr:InitiateLayerUpload",
    ("blob_upload_session", "PATCH"): "ecr:UploadLayerPart",
    ("blob_upload_session", "PUT"): "ecr:CompleteLayerUpload",
    ("manifest", "PUT"): "ecr:PutImage",
    ("manifest", "GET"): "ecr:BatchGetImage",
    ("manifest", "HEAD"): "ecr:BatchGetImage",
}
# EFS names what a request is about in its path (EFS API reference).
_IN_PATH = re.compile(r"/2015-02-01/(file-systems|access-points|mount-targets)/([^/?]+)")
_PATHS = {"file-systems": "FileSystemId", "access-points": "AccessPointId", "mount-targets": "MountTargetId"}
_TAG = re.compile(r"TagSpecification\.\d+\.Tag\.(\d+)\.(Key|Value)")


@dataclass(frozen=True)
class _Here:
    """See `permissions.Known`."""

    account: str
    region: str

    def role_path(self, name: str) -> str:
        role = iam._roles.get(name)
        return str(role["Path"]) if role else "/"

    def role_boundary(self, name: str) -> str:
        bound = (iam._roles.get(name) or {}).get("PermissionsBoundary") or {}
        return str(bound.get("PermissionsBoundaryArn", "") if isinstance(bound, Mapping) else bound)

    def ec2_tags(self, thing: str) -> Mapping[str, str]:
        for table in list(ec2._route_tables.values()):
            if any(one.get("RouteTableAssociationId") == thing for one in table.get("Associations", ())):
                thing = str(table["RouteTableId"])
        return {one["Key"]: one["Value"] for one in ec2._tags.get(thing) or ()}

    def key(self, name: str) -> tuple[str, str]:
        return name, ""

    def repository_key(self, _: str) -> str:
        return ""  # the local AWS proves no policy of an app with a key

    def efs_tags(self, thing: str) -> Mapping[str, str]:
        found = efs._file_systems.get(thing) or efs._access_points.get(thing) or {}
        return {one["Key"]: one["Value"] for one in found.get("Tags") or ()}

    def file_system(self, target: str) -> str:
        return str((efs._mount_targets.get(target) or {}).get("FileSystemId", "*"))

    def certificate_tags(self, _: str) -> Mapping[str, str]:
        return {}  # the local AWS proves no policy of an app with a domain


def _parameters(body: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A request's, from JSON or from a form."""
    try:
        data = json.loads(body) if body[:1] == b"{" else None
    except ValueError:
        data = None
    if isinstance(data, dict):
        return data
    found = {name: value[0] if isinstance(value, list) else value for name, value in fields.items()}
    tags: dict[str, dict[str, str]] = {}
    for name, value in found.items():
        if match := _TAG.fullmatch(name):
            tags.setdefault(match[1], {})[match[2]] = value
    if tags:
        found["TagSpecifications"] = [{"Tags": list(tags.values())}]
    members = [name for name in found if re.fullmatch(r"Tags\.member\.\d+\.Key", name)]
    if members:
        found["Tags"] = [{"Key": found[name], "Value": found[f"{name[:-3]}Value"]} for name in members]
    return found


def _named_in(path: str) -> dict[str, str]:
    """The parameter that a request's path holds."""
    match = _IN_PATH.match(path)
    return {_PATHS[match[1]]: match[2]} if match else {}


def _noting_what_it_takes(original: Function) -> Function:
    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: Any,
        body: bytes,
        fields: Any,
        region: str,
        account: str,
    ) -> Any:
        arn = original(service, method, path, headers, body, fields, region, account)
        action = iam_actions.extract_iam_action(service, method, path, headers, body, fields)
        try:
            found = needs(action, {**_parameters(body, fields), **_named_in(path)}, _Here(account, region))
        except KeyError:
            found = [Need(action, arn)]
        _asked.set((action, found))
        return arn

    return extract_resource_arn


def _asking_all(original: Function) -> Function:
    def enforce(
        key: str, action: str, service: str, region: str, resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        _caller.set(key)
        asked = _asked.get()
        _asked.set(None)
        if asked is None or asked[0] != action or not asked[1]:
            return original(key, action, service, region, resource_arn, service_context)
        for need in asked[1]:
            context = {**(service_context or {}), **need.context}
            refusal = original(key, need.action, service, region, need.resource, context)
            _note(key, need, refusal is None)
            if refusal is not None:
                _denied.set(need)
                return refusal
        return None

    return enforce


def _naming_what_is_missing(original: Function) -> Function:
    def access_denied_response(service: str, action: str, principal: str, *rest: Any, **given: Any) -> Any:
        need = _denied.get()
        _denied.set(None)
        if need is None or given.get("error_code"):
            return original(service, action, principal, *rest, **given)
        explicit = bool(given.get("explicit_deny"))
        given["message"] = iam_actions.identity_denial_message(
            need.action, principal, need.resource, explicit
        )
        return original(service, need.action, principal, *rest, **{**given, "resource_arn": need.resource})

    return access_denied_response


def _with_a_password_of_their_own(original: Function) -> Function:
    def get_authorization_token(data: dict[str, Any]) -> Any:
        status, _headers, body = original(data)
        answer = json.loads(body)
        for authorization in answer["authorizationData"]:
            password = secrets.token_hex(16)
            _passwords[password] = _caller.get()
            authorization["authorizationToken"] = base64.b64encode(f"AWS:{password}".encode()).decode()
        return ecr.json_response(answer, status)

    return get_authorization_token


def _asking_for_pushes(original: Function) -> Function:
    async def handle_registry_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        password = _password(headers)
        if PULLING is not None and password == PULLING["password"]:
            return await original(method, path, headers, body, query)
        if password not in _passwords:
            status, extra, text = ecr._registry_error(401, "UNAUTHORIZED", "authentication required")
            return status, {**extra, "WWW-Authenticate": 'Basic realm="the local AWS"'}, text
        verb, name, _ = ecr._parse_v2_path(path) or ("", "", "")
        action = _REGISTRY.get((verb, method.upper()))
        if action:
            arn = f"arn:aws:ecr:{get_region()}:{get_account_id()}:repository/{name}"
            message = _refusal(_passwords[password], Need(action, arn))
            if message:
                return ecr._registry_error(403, "DENIED", message)
        return await original(method, path, headers, body, query)

    return handle_registry_request


def _password(headers: Mapping[str, str]) -> str:
    """Of basic authentication; empty where there is none."""
    scheme, _, encoded = str(headers.get("authorization", "")).partition(" ")
    try:
        return base64.b64decode(encoded).decode().partition(":")[2] if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _refusal(key: str, need: Need) -> str:
    """Why the owner of a key may not; empty where it may."""
    principal = iam_evaluator.resolve_principal(key, get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return str(principal.message)
    if principal.policies is None:
        return ""
    context = iam_evaluator.EvalContext(
        principal.arn, principal.type, principal.account, need.action, need.resource, get_region()
    )
    allowed = iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision == "Allow"
    _note(key, need, allowed)
    if allowed:
        return ""
    return str(iam_actions.identity_denial_message(need.action, principal.arn, need.resource, False))


def _note(key: str, need: Need, allowed: bool) -> None:
    said = {
        "asked": need.action, "on": need.resource, "when": dict(need.context), "by": key, "allowed": allowed,
    }  # fmt: skip
    sys.stderr.write(f"{json.dumps(said)}\n")


def install() -> None:
    """Replace how a permission is asked for; nothing where none is to be asked for."""
    if not WANTED:
        return
    replace(iam_actions, "extract_resource_arn", _noting_what_it_takes)
    replace(iam_actions, "access_denied_response", _naming_what_is_missing)
    replace(iam_evaluator, "enforce", _asking_all)
    replace(ecr, "_get_authorization_token", _with_a_password_of_their_own)
    replace(ecr, "handle_registry_request", _asking_for_pushes)
