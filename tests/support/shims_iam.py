"""Where moto keeps less of IAM than AWS does.

- AttachRolePolicy: moto has AWS's own managed policies only when it loads all of them, which takes a second
  for each test. Here one is there when it is attached.
"""

from __future__ import annotations

from typing import Any

_AWS = ":iam::aws:policy/"


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.iam.models import AWSManagedPolicy, IAMBackend

    attach = IAMBackend.attach_role_policy

    def attach_role_policy(self: Any, policy_arn: str, role_name: str) -> None:
        known = {policy.arn for policy in self.managed_policies.values()}
        if _AWS in policy_arn and policy_arn not in known:
            path, _, name = f"/{policy_arn.partition(_AWS)[2]}".rpartition("/")
            self.managed_policies[policy_arn] = AWSManagedPolicy(
                name, account_id=self.account_id, region="us-east-1", path=f"{path}/", document="{}"
            )
        attach(self, policy_arn, role_name)

    monkeypatch.setattr(IAMBackend, "attach_role_policy", attach_role_policy)
