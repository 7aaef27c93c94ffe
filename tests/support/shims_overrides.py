"""Where moto keeps less than AWS does of what only `overrides` set; see `shims`.

- CloudWatch Logs: moto has no protection from deletion.
- EFS: moto has no UpdateFileSystemProtection.
- ACM: moto has no UpdateCertificateOptions, and makes all keys of RSA. AWS shows an elliptic curve as
  ``EC-prime256v1``, asked for as ``EC_prime256v1``.
- EC2: moto drops the pool of an Elastic IP address, and a NAT gateway's own private address.
- Elastic Load Balancing: moto drops the transforms of a rule.
"""

from __future__ import annotations

import json
from typing import Any


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.acm.models import AWSCertificateManagerBackend, CertBundle
    from moto.acm.responses import AWSCertificateManagerResponse
    from moto.core.responses import EmptyResult
    from moto.ec2.responses.elastic_ip_addresses import ElasticIPAddresses
    from moto.ec2.responses.nat_gateways import NatGateways
    from moto.efs.models import FileSystem
    from moto.efs.responses import EFSResponse
    from moto.elbv2.responses import ELBV2Response
    from moto.logs.models import LogGroup
    from moto.logs.responses import LogsResponse

    protected = "deletionProtectionEnabled"
    make_group, show_group = LogsResponse.create_log_group, LogGroup.to_describe_dict

    def create_log_group(self: Any) -> str:
        answer = make_group(self)
        self.logs_backend.groups[self._get_param("logGroupName")].protected = self._get_param(protected)
        return answer

    def put_log_group_deletion_protection(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupIdentifier")].protected = self._get_param(protected)
        return ""

    def describe_group(self: Any) -> dict[str, Any]:
        return {**show_group(self), protected: bool(getattr(self, "protected", False))}

    show_system = FileSystem.info_json

    def update_file_system_protection(self: Any) -> Any:
        system = self.efs_backend.describe_file_systems(file_system_id=self._get_param("FileSystemId"))[1][0]
        system._protection = {
            "ReplicationOverwriteProtection": self._get_param("ReplicationOverwriteProtection")
        }
        return json.dumps(system._protection), {"Content-Type": "application/json"}

    def show(self: Any) -> dict[str, Any]:
        protection = getattr(self, "_protection", {"ReplicationOverwriteProtection": "ENABLED"})
        return {**show_system(self), "FileSystemProtection": protection}

    ask, describe = AWSCertificateManagerResponse.request_certificate, CertBundle.describe

    def request_certificate(self: Any) -> Any:
        answer = ask(self)
        bundle = self.acm_backend._certificates[answer.result["CertificateArn"]]
        bundle.asked = str(self._get_param("KeyAlgorithm") or "RSA_2048").replace("EC_", "EC-")
        return answer

    def update_certificate_options(self: Any) -> Any:
        bundle = self.acm_backend._certificates[self._get_param("CertificateArn")]
        bundle.cert_options.update(self._get_param("Options"))
        return EmptyResult()

    def described(self: Any) -> dict[str, Any]:
        shown = describe(self)
        shown["Certificate"]["KeyAlgorithm"] = getattr(self, "asked", "RSA_2048")
        return shown

    listed = AWSCertificateManagerBackend.list_certificates

    def list_certificates(self: Any, statuses: Any, includes: Any) -> Any:
        """As AWS: those with RSA keys of 2048 bits, unless others are asked for."""
        wanted = (includes or {}).get("keyTypes") or ["RSA_2048"]
        shown = listed(self, statuses, {})
        return [one for one in shown if getattr(one, "asked", "RSA_2048").replace("EC-", "EC_") in wanted]

    allocate, make_gateway = ElasticIPAddresses.allocate_address, NatGateways.create_nat_gateway

    def allocate_address(self: Any) -> Any:
        answer = allocate(self)
        (address,) = self.ec2_backend.address_by_allocation([answer.result["AllocationId"]])
        address.public_ipv4_pool = self._get_param("PublicIpv4Pool") or "amazon"
        return answer

    def create_nat_gateway(self: Any) -> Any:
        answer = make_gateway(self)
        if private := self._get_param("PrivateIpAddress"):
            answer.result["NatGateway"].address_set[0]["privateIp"] = private
        return answer

    make_rule, modify = ELBV2Response.create_rule, ELBV2Response.modify_rule

    def keeping(call: Any) -> Any:
        def kept(self: Any) -> Any:
            answer = call(self)
            if transforms := self._get_param("Transforms"):
                answer.result["Rules"][0].transforms = transforms
            return answer

        return kept

    for cls, name, patched in (
        (ElasticIPAddresses, "allocate_address", allocate_address),
        (NatGateways, "create_nat_gateway", create_nat_gateway),
        (ELBV2Response, "create_rule", keeping(make_rule)),
        (ELBV2Response, "modify_rule", keeping(modify)),
        (LogsResponse, "create_log_group", create_log_group),
        (LogsResponse, "put_log_group_deletion_protection", put_log_group_deletion_protection),
        (LogGroup, "to_describe_dict", describe_group),
        (EFSResponse, "update_file_system_protection", update_file_system_protection),
        (FileSystem, "info_json", show),
        (AWSCertificateManagerResponse, "request_certificate", request_certificate),
        (AWSCertificateManagerResponse, "update_certificate_options", update_certificate_options),
        (CertBundle, "describe", described),
        (AWSCertificateManagerBackend, "list_certificates", list_certificates),
    ):
        monkeypatch.setattr(cls, name, patched, raising=False)
