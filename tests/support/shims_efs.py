"""Where moto's EFS, and what is encrypted, keeps less than AWS does; see `shims`.

- UpdateFileSystem and PutBackupPolicy: moto has neither.
- CreateAccessPoint: moto makes another one where the same token comes again.
- DescribeMountTargetSecurityGroups: moto has no list where none was given.
- CloudWatch Logs' AssociateKmsKey: moto has none.
- DeleteAccessPoint: moto says nothing of one that is not there.
"""

from __future__ import annotations

import json
from typing import Any

_JSON = {"Content-Type": "application/json"}


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.efs.exceptions import AccessPointNotFound, EFSError
    from moto.efs.models import EFSBackend
    from moto.efs.responses import EFSResponse

    class AccessPointAlreadyExists(EFSError):
        code = 409

        def __init__(self, point: str) -> None:
            super().__init__("AccessPointAlreadyExists", f"Access point {point} exists already.")

    from moto.logs.responses import LogsResponse

    def associate_kms_key(self: Any) -> str:
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.kms_key_id = self._get_param("kmsKeyId")
        return ""

    monkeypatch.setattr(LogsResponse, "associate_kms_key", associate_kms_key, raising=False)

    create, delete = EFSBackend.create_access_point, EFSBackend.delete_access_point

    def create_access_point(self: Any, client_token: str, *args: Any, **given: Any) -> Any:
        for one in self.access_points.values():
            if one.client_token == client_token:
                raise AccessPointAlreadyExists(one.access_point_id)
        return create(self, client_token, *args, **given)

    def delete_access_point(self: Any, access_point_id: str) -> Any:
        if access_point_id not in self.access_points:
            raise AccessPointNotFound(access_point_id)
        return delete(self, access_point_id)

    groups_of = EFSBackend.describe_mount_target_security_groups

    def groups(self: Any, mount_target_id: str) -> Any:
        return groups_of(self, mount_target_id) or []

    def update_file_system(self: Any) -> Any:
        system = self.efs_backend.describe_file_systems(file_system_id=self._get_param("FileSystemId"))[1][0]
        system.throughput_mode = self._get_param("ThroughputMode") or system.throughput_mode
        system.provisioned_throughput_in_mibps = self._get_param("ProvisionedThroughputInMibps")
        return json.dumps(system.info_json()), {"status": 202, **_JSON}

    def put_backup_policy(self: Any) -> Any:
        system = self.efs_backend.describe_file_systems(file_system_id=self._get_param("FileSystemId"))[1][0]
        policy = self._get_param("BackupPolicy")
        system._backup = policy["Status"] == "ENABLED"
        return json.dumps({"BackupPolicy": policy}), _JSON

    monkeypatch.setattr(EFSBackend, "create_access_point", create_access_point)
    monkeypatch.setattr(EFSBackend, "describe_mount_target_security_groups", groups)
    monkeypatch.setattr(EFSBackend, "delete_access_point", delete_access_point)
    monkeypatch.setattr(EFSResponse, "update_file_system", update_file_system, raising=False)
    monkeypatch.setattr(EFSResponse, "put_backup_policy", put_backup_policy, raising=False)
