"""The exact MiniStack that the patches were written against; anything else is refused at start.

Private functions may change with any release. Each one that a patch replaces, or relies on, is pinned by
the hash of its source: a changed one stops the local AWS with a clear message, never with a wrong answer.
After reading what changed, print the new pins with ``python -I ministack_wrapper.py --print-pins``.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from importlib import metadata

VERSION = "1.5.33"

PINS: dict[str, str] = {
    "core.concurrency.resource_lock": "729bfd0a5e2f3f6a",
    "core.concurrency.spawn_background": "18878a26acb0941a",
    "core.container_reaper.instance_id": "5754ab8e29d38969",
    "core.container_reaper.own_labels": "130862f676d807f3",
    "core.iam_actions.access_denied_response": "3cc2e315f91f45da",
    "core.iam_actions.extract_iam_action": "ec476b92d969822b",
    "core.iam_actions.extract_resource_arn": "82f51700695c62fd",
    "core.iam_actions.identity_denial_message": "82f77b7767c60ba0",
    "core.iam_evaluator.EvalContext": "f5769904b3fa1d4e",
    "core.iam_evaluator.enforce": "cf64b1ee5b099c8f",
    "core.iam_evaluator.evaluate": "2a5dd6932d1aca6a",
    "core.iam_evaluator.resolve_principal": "b6c6131e24bf22f0",
    "core.responses.get_account_id": "0204876c26f772b9",
    "core.responses.get_region": "7d056e8a56806f2c",
    "core.responses.request_scope": "c1ee92e8e8c7ceef",
    "services.alb._action_xml": "10e98009b9452b8c",
    "services.alb._condition_xml": "88b3d71d30f5bc52",
    "services.alb._create_lb": "80262ade9bcef95c",
    "services.alb._create_listener": "23d4ba6f658432eb",
    "services.alb._create_rule": "99193af3da45e9e4",
    "services.alb._create_tg": "92aa1c6fea7ee996",
    "services.alb._delete_lb": "40fe6b0fdfb77d27",
    "services.alb._delete_listener": "62dc37019761a7a6",
    "services.alb._delete_tg": "2c1b395c0f2ea4ee",
    "services.alb._deregister_targets": "1906f012a6dadab9",
    "services.alb._describe_lbs": "8947197567ac235f",
    "services.alb._describe_listeners": "a4a3cec50e8d0822",
    "services.alb._describe_rules": "922c28a3ea667351",
    "services.alb._describe_target_health": "d848e8a26fcb9298",
    "services.alb._describe_tgs": "07af16df31cd8cc1",
    "services.alb._empty": "f58357f5e7af5993",
    "services.alb._error": "7bbb9cb965a1c147",
    "services.alb._esc": "0628d483a367216b",
    "services.alb._lb_attr": "5d02a480e4914b6e",
    "services.alb._lb_xml": "59605e2cb117c65b",
    "services.alb._modify_listener": "be2a9bfca23f67bc",
    "services.alb._modify_rule": "332c1268fb83f0e2",
    "services.alb._p": "4073e17ee146b566",
    "services.alb._parse_actions": "40b80c548b387c0d",
    "services.alb._parse_certificate_arns": "b0032a02e4d65dc1",
    "services.alb._parse_conditions": "7da9263731cce3cd",
    "services.alb._parse_member_list": "824740126a7c2f53",
    "services.alb._parse_targets_param": "b4d614094f2c50f6",
    "services.alb._register_targets": "6d01ed9a009de256",
    "services.alb._set_security_groups": "0bca7ac5761c4674",
    "services.alb._tg_xml": "6584daa7a6e96737",
    "services.alb._xml": "451c5e276087aab6",
    "services.alb.set_targets_for_group": "72b06370418ab71e",
    "services.cloudwatch_logs._make_group_arn_no_star": "fb818eb9cab68703",
    "services.ec2._authorize_sg_ingress": "c00a0bb1d1ec9305",
    "services.ec2._create_vpc_endpoint": "d5a50e26518919f8",
    "services.ec2._delete_security_group": "769ce93213d7435b",
    "services.ec2._describe_addresses": "eedee68236cbdd5d",
    "services.ec2._describe_egress_only_igws": "63f4481cae0214c3",
    "services.ec2._describe_nat_gateways": "1673fcd2dd021638",
    "services.ec2._describe_network_interfaces": "61ccec97e2057984",
    "services.ec2._describe_security_groups": "c4ed7866dba0543a",
    "services.ec2._describe_vpc_endpoints": "aabef31a84190b96",
    "services.ec2._eni_fields_xml": "fc33877b1ab52afc",
    "services.ec2._error": "e86ca2bcfaa3504f",
    "services.ec2._init_defaults": "a1cbd4dfff231f94",
    "services.ec2._modify_vpc_endpoint": "f60c0a5a042f7718",
    "services.ec2._p": "ecc7f23304704b5a",
    "services.ec2._parse_filters": "eb2fa616abd9b7b4",
    "services.ec2._parse_ip_permissions": "7c2dbe7668aff42a",
    "services.ec2._parse_member_list": "827648db3c953d6c",
    "services.ec2._resource_matches_tag_filters": "c2af70e03337e4e5",
    "services.ec2._security_group_arn": "62bc4c33e4ef9687",
    "services.ec2._vpce_fields_xml": "645fd486d62227a3",
    "services.ec2._xml": "353cd9683b417118",
    "services.ecr._delete_repository": "b857eb9bcb4f8fce",
    "services.ecr._describe_images": "86c7f7b273ab2316",
    "services.ecr._get_authorization_token": "92111f2ea1839a85",
    "services.ecr._parse_v2_path": "170c890b495bd1cf",
    "services.ecr._registry_error": "7c2549fcb2153c8d",
    "services.ecr._repo_uri": "a66aef5315e8aefc",
    "services.ecr.handle_registry_request": "8d092cb90854d039",
    "services.ecs._attach_started_container": "460d804afde7d4c1",
    "services.ecs._awslogs_config": "365e078465ecbc66",
    "services.ecs._build_run_kwargs": "25f7593b8823a519",
    "services.ecs._circuit_breaker_threshold": "6ed16b6c21e5f6a8",
    "services.ecs._cleanup_task_resources": "077c78a7702ae82d",
    "services.ecs._cluster_name_from_arn": "cb63851f23e10aa5",
    "services.ecs._complete_service_deployment": "4472ae6823d0709f",
    "services.ecs._container_ip": "2a9217313cd4f816",
    "services.ecs._container_override_for": "83895d57d9f54906",
    "services.ecs._create_service": "8bc82a13551ce9e6",
    "services.ecs._delete_cluster": "0ff8bca5ea393edf",
    "services.ecs._delete_task_definitions": "c2de057a3012262b",
    "services.ecs._deployment_for_task": "fcb7b542d2681130",
    "services.ecs._deployment_needs_first_task": "e9770703048a1467",
    "services.ecs._describe_service_deployments": "63c1f1467a7f3189",
    "services.ecs._describe_service_revisions": "f0062397dddb764d",
    "services.ecs._describe_services": "f9e11ac2be56e542",
    "services.ecs._describe_tasks": "c7057f1f0679c17e",
    "services.ecs._fail_task_start": "10551bfd5dedcb2d",
    "services.ecs._forward_awslogs": "a98a3026666be9ad",
    "services.ecs._get_docker": "a161d31a7eef7c5c",
    "services.ecs._image_repository": "9e8a59cc391aefe6",
    "services.ecs._iso": "1b9067cd44a07cc9",
    "services.ecs._list_service_deployments": "d971b80772fbd26a",
    "services.ecs._list_services": "af561cbddaf2ac4d",
    "services.ecs._list_task_definition_families": "8582672ead43e27b",
    "services.ecs._list_task_definitions": "698e0a5b4e71875d",
    "services.ecs._list_tasks": "4509b25d2bf80f5b",
    "services.ecs._make_deployment": "5660a8c0ef36de2e",
    "services.ecs._mark_task_activating": "865905b75291977a",
    "services.ecs._mark_task_pending": "37729731ca0353fa",
    "services.ecs._mark_task_running": "42c41b2d19b98ebd",
    "services.ecs._mark_task_stopped": "09bac9c1c8d02496",
    "services.ecs._maybe_mark_stopped": "c9797b050da2712b",
    "services.ecs._prepare_service_images": "609db0fe0afd235f",
    "services.ecs._primary_deployment": "90248cc9237dbf30",
    "services.ecs._reconcile_service_tasks": "16e4d03cbf75322f",
    "services.ecs._record_service_task_failure": "1f0fff5d229fcb9a",
    "services.ecs._record_service_task_healthy": "ab75f8df0ba50f61",
    "services.ecs._record_task_ip": "d2448611c14f9029",
    "services.ecs._recount_cluster": "3df63f5702ba94ed",
    "services.ecs._refresh_service_state": "5dcadfc2dcdd1215",
    "services.ecs._register_metadata": "7778fecfed8b163e",
    "services.ecs._register_task_definition": "824afe19e6a1688d",
    "services.ecs._remove_docker_container": "209837990b2f6cbe",
    "services.ecs._requested_subnet": "fd85a8c38ef97d83",
    "services.ecs._resolve_cluster_name": "10edde4eb14f4bad",
    "services.ecs._resolve_container_secrets": "7646fdec34d8c120",
    "services.ecs._resolve_repository_credentials": "654a36347a96f917",
    "services.ecs._resolve_service_ref": "d6ffb73953dc4e84",
    "services.ecs._resolve_task": "8656d47efbba49aa",
    "services.ecs._resolve_td_delete_key": "a7e0bbb3b36c7cf3",
    "services.ecs._resolve_td_key": "0cd4ac5c23cebae6",
    "services.ecs._run_task": "6e96d8f5a5b850d7",
    "services.ecs._run_task_worker": "54033632b3726c89",
    "services.ecs._schedule_service_deployment_completion": "938eb06d6faf2fff",
    "services.ecs._start_awslogs_forwarder": "bc9330496ce7fe7e",
    "services.ecs._start_task_worker": "73e133e6afaa6b01",
    "services.ecs._stop_task": "06eb83088bbca69b",
    "services.ecs._sync_service_targets": "54c6f0448b059827",
    "services.ecs._task_ip": "516697de65f49456",
    "services.ecs._task_is_active": "9745462eeaebb658",
    "services.ecs._ts_to_epoch": "85ecc4ae458281f4",
    "services.ecs._update_service": "bde69c11b50d3f90",
    "services.ecs._watch_task_lifecycle": "96817b67896736b7",
    "services.ecs.reset": "73410d2ab41d77e3",
    "services.s3._get_object_data": "8735d1f5e3313076",
    "services.efs._create_access_point": "ac198915a1ce9318",
    "services.efs._create_file_system": "9ef20b0e14a9aafb",
    "services.efs._delete_file_system": "0530e80f476ba366",
    "services.efs._error": "2a34036d8dbd0472",
    "services.servicediscovery._list_services": "b9b2996446a93aa4",
    "services.ssm.resolve_parameter_value": "2ec29b9fcbadc23a",
    "services.tagging._collect_secretsmanager": "72cd17d03655a21a",
    "services.tagging._get_resources": "6c282b6fd1967dfb",
    "services.tagging._matches_tag_filters": "da0837aa5a852efd",
    "services.tagging._matches_type_filters": "53df891bff31e104",
    "services.tagging._normalise_flat": "3c3c24913f87a1eb",
}


class ContractError(Exception):
    """MiniStack is not the one that the patches were written against."""


def source_hash(name: str) -> str:
    """The hash of a function's source, named as in `PINS`: module below ``ministack``, then function."""
    module_name, function_name = name.rsplit(".", 1)
    function = getattr(importlib.import_module(f"ministack.{module_name}"), function_name)
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def check() -> None:
    """Compare version and functions with the pins; to be called before anything is patched.

    Raises:
        ContractError: Names everything that differs.
    """
    version = metadata.version("ministack")
    faults = [] if version == VERSION else [f"version {version} instead of {VERSION}"]
    for name, pin in PINS.items():
        try:
            moved = source_hash(name) != pin
        except AttributeError:
            faults.append(f"ministack.{name} is gone")
        else:
            if moved:
                faults.append(f"ministack.{name} has changed")
    if faults:
        raise ContractError("MiniStack does not fit this fargatectl: " + "; ".join(faults))
