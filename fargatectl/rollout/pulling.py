"""What AWS says when the image cannot be used or a secret cannot be read (see `causes` for the sources)."""

from __future__ import annotations

from fargatectl.rollout.case import Rank
from fargatectl.rollout.rules import Rule

IMAGE = (
    Rule(
        "image.attestation",
        r"no processor for media-type|application/vnd\.in-toto",
        "Fargate cannot unpack the image's build attestations",
        "Build {image} without them (docker buildx build --provenance=false --sbom=false) and push it",
        fatal=True,
    ),
    Rule(
        "image.platform",
        r"descriptor (?:matching|for) platform|no match(?:ing manifest)? for (?:platform|linux)"
        r"|exec format error|image operating system .{0,80} cannot be used",
        "the image was not built for {platform}, which the task runs on",
        "Build {image} for {platform}, or set {key[architecture]} to {other} in {where[architecture]}",
        "Let {at[build]} build for {platform}, or set {key[architecture]} to {other}",
        fatal=True,
    ),
    Rule(
        "image.rate_limit",
        r"toomanyrequests|too many requests|pull rate limit",
        "the registry of {image} limits how often it may be pulled, and refuses",
        "Copy the image to Amazon ECR and name it there in {at[image]}",
        "Wait and run fargatectl up again.",
        rank=Rank.PASSING,
    ),
    Rule(
        "image.too_large",
        r"(?:pull|extract|unpack|copy|write /var/lib).{0,400}no space left on device",
        "the image does not fit on the task's disk",
        "Make the image smaller: the task has 20 GiB",
        fatal=True,
    ),
)

SECRETS = (
    Rule(
        "secret.missing",
        r"did not contain json key (?P<name>[\w./-]+?)\.?(?:\s|$)",
        "a secret that it needs has no JSON key {name}",
        "Add {name} to the secret's value, or correct {secret}",
        fatal=True,
    ),
    Rule(
        "secret.invalid",
        r"(?:asm|secret).{0,300}(?:invalid character .{1,8} looking for|cannot unmarshal)",
        "a JSON key of a secret is asked for, but the secret's value is not JSON",
        "Store a JSON object in the secret, or leave the key out of {secret}",
        fatal=True,
    ),
    Rule(
        "secret.missing",
        r"invalid (?:ssm )?parameters?: (?:arn:[^\s\]]*?:parameter(?=/))?(?P<name>[^\s\]]+)",
        "the SSM parameter {name} does not exist in this region",
        "Create it (aws ssm put-parameter --name {name} --type SecureString), or correct {secret}",
        fatal=True,
    ),
    Rule(
        "secret.empty",
        r"can't find the specified secret value for staging label",
        "a secret that it needs has no value yet",
        "Store a value (aws secretsmanager put-secret-value) for the secret that {secret} names",
        fatal=True,
    ),
    Rule(
        "secret.missing",
        r"(?:secret with arn '?|failed to fetch secret |: secret )(?P<name>arn:[^\s']+).{0,600}"
        r"(?:resourcenotfoundexception|check (?:whether|that) the secret|(?:marked|scheduled) for deletion)",
        "the secret {name} does not exist",
        "Create it in this region, or correct {secret}",
        fatal=True,
    ),
    Rule(
        "secret.missing",
        r"secret.{0,600}resourcenotfoundexception|can't find the specified secret|can't retrieve the secret",
        "a secret that it needs does not exist",
        "Create it in this region, or correct {secret}",
        fatal=True,
    ),
    Rule(
        "secret.denied",
        r"access to kms is not allowed|accessdenied.{0,600}kms:decrypt",
        "its execution role may not decrypt a secret that it needs",
        "Allow the role kms:Decrypt on the key of the secrets in {secret}",
        fatal=True,
        denial=True,
    ),
    Rule(
        "secret.denied",
        r"(?:secretsmanager:getsecretvalue|ssm:getparameters?) on resource:? (?P<name>[^\s,]+)",
        "its execution role may not read {name}",
        "Allow it in the execution role and the secret's own policy, or correct {secret}",
        fatal=True,
        denial=True,
    ),
    Rule(
        "secret.denied",
        r"(?:from (?:asm|ssm)|secrets manager|parameter store|fetch secret).{0,600}"
        r"(?:accessdenied|not authorized)",
        "its execution role may not read a secret that it needs",
        "Allow it in the execution role and the secret's own policy, or correct {secret}",
        fatal=True,
        denial=True,
    ),
)
