"""What AWS's texts mean: reasons of stopped tasks and containers, and what service events quote of them.

Wordings: the ECS developer guide's pages "Stopped tasks error messages", "CannotPullContainer task errors",
"ResourceInitializationError errors" and "Service event messages", the ECS agent's source, and reports by
users. AWS reworded many in 2024 ("The task cannot pull ..."); both forms are known here.
The order matters: the first match wins, so the narrow stand before the wide.
"""

from __future__ import annotations

from fargatectl.rollout.case import Rank
from fargatectl.rollout.placing import PLACING
from fargatectl.rollout.pulling import IMAGE, SECRETS
from fargatectl.rollout.rules import Rule

_UNREACHED = (
    r"there is a connection issue between|check your (?:task )?network configuration|i/o timeout"
    r"|context deadline exceeded|client\.timeout|connection timed out|no route to host|no such host"
    r"|canceled while waiting for connection|request send failed|check your network connection"
    r"|logger args.{0,300}signal: killed"
)
_ROUTE = (
    "Name subnets with a route to the internet in {at[network.subnets]} and keep {key[public_ip]} true, or "
    "give them a NAT gateway or endpoints (ecr.api, ecr.dkr, logs, secretsmanager, ssm, S3 gateway)"
)

STARTING = (
    Rule(
        "efs.mount",
        r"efs.{0,600}(?:access ?denied|not authorized|permission denied)",
        "the file system (EFS) refuses to be mounted",
        "Allow the task role elasticfilesystem:ClientMount and ClientWrite on it",
    ),
    Rule(
        "efs.mount",
        r"(?:efs utils|mount\.nfs4?).{0,600}no such file or directory",
        "the directory to mount does not exist on the file system (EFS)",
        "Create it, or mount an access point instead",
        fatal=True,
    ),
    Rule(  # Amazon EFS user guide, mount targets: up to 90 s until the name of a new one is known
        "efs.mount",
        r"efs.{0,600}failed to resolve",
        "the file system (EFS) is not known by its name in {subnets}; a new mount target's takes 90 s",
        "See that it has a mount target in the zone of each subnet, and that the VPC resolves DNS names",
        rank=Rank.PASSING,
    ),
    Rule(
        "efs.mount",
        r"efs utils|mount\.nfs|\befs\b.{0,200}mount|mount target",
        "the file system (EFS) cannot be mounted from {subnets}",
        "See that it has a mount target in the availability zone of each subnet, open to the task's security "
        "group on port 2049",
    ),
    *IMAGE,
    *SECRETS,
    Rule(  # of the local AWS, which pulls with the user's own Docker Engine
        "image.unreachable",
        rf"cannotpull.{{0,900}}Docker Engine of this machine: .{{0,600}}(?:{_UNREACHED})",
        "Docker Engine on this machine cannot reach the registry of {image}",
        "Let it reach it, or give it the image before, by docker pull or docker load",
        fatal=True,
    ),
    Rule(
        "network.no_route",
        rf"(?:cannotpull|ecr registry auth|from amazon ecr).{{0,900}}(?:{_UNREACHED})",
        "the task in {subnets} has no way to the image registry",
        _ROUTE,
    ),
    Rule(
        "network.no_route",
        _UNREACHED,
        "the task in {subnets} has no way to the AWS services that it needs to start",
        _ROUTE,
    ),
    Rule(
        "image.denied",
        r"403 forbidden|401 unauthorized|pull access denied|not authorized to perform: ecr:|no basic auth"
        r"|registry auth.{0,400}accessdenied|cannotpull.{0,600}(?:denied|unauthorized|authorization failed)",
        "the image {image} may not be pulled with its execution role, or does not exist",
        "Correct {at[image]}, or allow the role ecr:BatchGetImage on that repository and in its policy",
        "Allow the execution role to pull {image}",
        fatal=True,
        denial=True,
    ),
    Rule(
        "image.not_found",
        r"cannotpull.{0,900}(?:not found|(?:manifest|name) unknown|does not exist|repository .{0,99} unknown)"
        r"|manifest for .{1,300} not found|manifest unknown|failed to resolve ref.{0,400}: not found",
        "the image {image} does not exist",
        "Correct the name, tag or region in {at[image]}",
        "It was removed from the repository, or never got there: run fargatectl up again.",
        fatal=True,
    ),
    Rule(
        "image.name",
        r"invalid reference format",
        "{image} is not a name that an image can have",
        "Correct {at[image]}",
        fatal=True,
    ),
    Rule(
        "logs.denied",
        r"accessdenied.{0,400}logs:|not authorized to perform: logs:",
        "its execution role may not write to the log group",
        "Allow the role logs:CreateLogStream and logs:PutLogEvents on the log group",
        fatal=True,
        denial=True,
    ),
    Rule(
        "logs.group_missing",
        r"logger args|logging driver|log group does not exist|cloudwatch log (?:group|stream)",
        "its log group does not exist",
        "Someone may have removed it: run fargatectl up again, which creates it.",
        fatal=True,
    ),
    Rule(
        "task.bad_command",
        r'exec: "(?P<name>[^"\s]+ [^"]*)": (?:executable file not found|stat )',
        "the image has no program named “{name}”: it looks like a whole command in one word",
        "Write the command as a list of words in {at[command]}, or in the Dockerfile's CMD or ENTRYPOINT",
        fatal=True,
    ),
    Rule(
        "task.bad_command",
        r'exec: "?(?P<name>[^"]+?)"?: permission denied',
        "its program {name} is not executable",
        "Run chmod +x on it in the Dockerfile, or correct {at[command]}",
        fatal=True,
    ),
    Rule(
        "task.bad_command",
        r'exec: "?(?P<name>[^"\n]+?)"?: (?:executable file not found|stat [^:]+: no such file)'
        r"|stat (?P<path>[^\s:]+?)(?:\.\.\.|: )?no such file",
        "the image has no program {name}{path}",
        "Correct {at[command]}, or the Dockerfile's CMD or ENTRYPOINT",
        fatal=True,
    ),
    Rule(
        "task.bad_user",
        r"unable to find (?:user|group) (?P<name>[^\s:]+)|no matching entries in passwd",
        "the image has no user {name}",
        "Correct {at[user]}, or the Dockerfile's USER",
        fatal=True,
    ),
    # Cut off before its end: what it most often is.
    Rule(
        "network.no_route",
        r"unable to pull secrets or registry auth",
        "the task in {subnets} has no way to the AWS services that it needs to start",
        _ROUTE,
    ),
)

ALL = (*STARTING, *PLACING)
