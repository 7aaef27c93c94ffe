"""What AWS says when it has no room, right or peace to place a task (see `causes` for the sources)."""

from __future__ import annotations

from fargatectl.rollout.case import Rank
from fargatectl.rollout.rules import Rule

PLACING = (
    Rule(
        "iam.service_linked_role",
        r"unable to assume the service.linked role",
        "ECS has no service-linked role in this account yet",
        "Wait a minute and run fargatectl up again; else: aws iam create-service-linked-role "
        "--aws-service-name ecs.amazonaws.com.",
        rank=Rank.PASSING,
    ),
    Rule(
        "iam.assume_role",
        r"unable to assume (?:the )?(?:configured )?(?:ecs \w+ )?(?:iam )?role(?: '?(?P<name>arn:[^\s']+))?"
        r"|trust relationship has been misconfigured",
        "ECS may not use the task's role {name} (a new role takes up to a minute to be known)",
        "See that it exists and trusts ecs-tasks.amazonaws.com",
        rank=Rank.PASSING,
    ),
    Rule(
        "capacity.spot",
        r"spot ?interruption|spot task was interrupted",
        "AWS took the task's Spot capacity back",
        "Wait for its replacement, or set {key[spot]} to false in {where[spot]}",
        rank=Rank.PASSING,
    ),
    Rule(
        "capacity",
        r"capacity is unavailable|insufficient capacity|no capacity (?:is )?available",
        "AWS has no Fargate capacity for it in {subnets} at the moment",
        "Wait, or name subnets in other availability zones in {at[network.subnets]}; on Spot, do without it",
        rank=Rank.PASSING,
    ),
    Rule(
        "quota",
        r"reached the limit on the number of (?P<name>\w+)",
        "this account runs as many {name} on Fargate as its quota allows",
        "Lower {at[count]}, stop something else, or raise the quota (Service Quotas, AWS Fargate)",
    ),
    Rule(
        "quota",
        r"requested (?:cpu|memory) configuration is above your limit",
        "a task of its size is above this account's Fargate quota",
        "Lower {at[cpu]}, or raise the quota (Service Quotas, AWS Fargate)",
        fatal=True,
    ),
    Rule(
        "network.interface",
        r"network interface provision|insufficient(?:free)?addresses"
        r"|(?:insufficient|enough) (?:free )?(?:ip )?addresses",
        "AWS could not give the task a network interface in {subnets}",
        "See that the subnets have free addresses, or name others in {at[network.subnets]}",
        rank=Rank.PASSING,
    ),
    Rule(
        "deployment.limits",
        r"because of the service deployment configuration",
        "its deployment limits allow neither one task more nor one less",
        "Set maximum_percent to 200, or minimum_healthy_percent to 0, in {at[deployment]}",
        fatal=True,
    ),
    Rule(
        "capacity.provider",
        r"no container instances were found",
        "the cluster's capacity provider is not Fargate",
        "Use a cluster that has FARGATE or FARGATE_SPOT, or correct {at[cluster]}",
        fatal=True,
    ),
    Rule(
        "health.target_group",
        r"target(?: group)? is not found",
        "its target group was deleted outside fargatectl",
        "Run fargatectl up again, which creates it.",
        fatal=True,
    ),
    Rule(
        "network.zone",
        r"reason: internal error",
        "a subnet may lie in an availability zone without Fargate ({subnets})",
        "Name subnets in other availability zones in {at[network.subnets]}",
        rank=Rank.PASSING,
    ),
    Rule(
        "image.pull_failed",
        r"cannotpull",
        "the image {image} could not be pulled",
        "See that it exists and that the task reaches its registry",
        rank=Rank.PLAIN,
    ),
    Rule(
        "task.start_timeout",
        r"containerruntimetimeout|dockertimeout|could not transition to (?:started|stopped)",
        "{container} took too long to start",
        "Make the image smaller, or give it more in {at[cpu]}",
        rank=Rank.PLAIN,
    ),
    Rule(
        "aws.trouble",
        r"internalerror|internal error|unexpected ec2 error|being throttled|rate exceeded"
        r"|host .{0,60}(?:terminat|fail)|task retirement|performing maintenance",
        "AWS had trouble of its own",
        "ECS tries again by itself; if it does not, run fargatectl up again.",
        rank=Rank.PASSING,
    ),
)
