"""The local AWS's answers: lists, tags, defaults and refusals are AWS's."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .app import App, until

pytestmark = pytest.mark.e2e


def test_network_change_starts_a_deployment_and_a_count_does_not(app: App) -> None:
    app.create(app.register())
    assert until(app.rolled_out)
    before = app.primary()["id"]
    app.ecs.update_service(cluster=app.name, service="web", desiredCount=2)
    assert until(lambda: app.service()["runningCount"] == 2)
    assert app.primary()["id"] == before
    network = app.network()
    app.ecs.update_service(cluster=app.name, service="web", networkConfiguration=network)
    assert app.primary()["id"] == before, "nothing changed"
    network["awsvpcConfiguration"]["subnets"] = app.subnets[2:]
    app.ecs.update_service(cluster=app.name, service="web", networkConfiguration=network)
    assert app.primary()["id"] != before


def test_lists_and_tags(app: App) -> None:
    arn = app.register()
    app.register()
    app.ecs.register_task_definition(
        family=f"{app.name}-web-other", containerDefinitions=[{"name": "x", "image": "x"}]
    )
    family = f"{app.name}-web"
    listed = app.ecs.list_task_definitions(familyPrefix=family, sort="DESC")["taskDefinitionArns"]
    assert [one.rsplit("/", 1)[1] for one in listed] == [f"{family}:2", f"{family}:1"]
    families = app.ecs.list_task_definition_families(familyPrefix=family, status="ACTIVE")["families"]
    assert families == [family, f"{family}-other"]

    described = app.ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    container = described["taskDefinition"]["containerDefinitions"][0]
    assert container["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert container["mountPoints"] == []
    assert "taskRoleArn" not in described["taskDefinition"]
    assert described["tags"] == [{"key": "app", "value": app.name}]

    refused = app.ecs.delete_task_definitions(taskDefinitions=[arn])["failures"]
    assert [one["arn"] for one in refused] == [arn]
    app.ecs.deregister_task_definition(taskDefinition=arn)
    assert app.ecs.list_task_definitions(familyPrefix=family, status="INACTIVE")["taskDefinitionArns"] == [
        arn
    ]
    assert app.ecs.delete_task_definitions(taskDefinitions=[arn])["failures"] == []
    assert app.ecs.list_task_definitions(familyPrefix=family, status="INACTIVE")["taskDefinitionArns"] == []

    service = app.create(listed[0])["serviceArn"]
    app.ecs.tag_resource(resourceArn=service, tags=[{"key": "more", "value": "1"}])
    tags = {tag["key"]: tag["value"] for tag in app.service()["tags"]}
    assert tags == {"app": app.name, "more": "1"}
    assert app.ecs.list_services(cluster=app.name)["serviceArns"] == [service]
    cluster = app.ecs.describe_clusters(clusters=[app.name])["clusters"][0]
    assert cluster["activeServicesCount"] == 1

    tagging = app.client("resourcegroupstaggingapi")
    filters = [{"Key": "app", "Values": [app.name]}]
    groups = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["logs:log-group"])
    assert [one["ResourceARN"] for one in groups["ResourceTagMappingList"]] == [
        f"arn:aws:logs:us-east-1:000000000000:log-group:/ecs/{app.name}"
    ]
    everything = tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]
    kinds = {one["ResourceARN"].split(":")[2] for one in everything}
    assert kinds == {"ecs", "logs"}


def test_everything_is_born_tagged(app: App) -> None:
    ec2, tags = app.ec2, [{"Key": "app", "Value": app.name}]
    specification = [{"ResourceType": "security-group", "Tags": tags}]
    group = ec2.create_security_group(
        GroupName=f"{app.name}-2", Description="x", TagSpecifications=specification
    )["GroupId"]
    filters = [{"Name": "tag:app", "Values": [app.name]}]
    found = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert [(one["GroupId"], one["Tags"]) for one in found] == [(group, tags)]
    by_id = [{"Name": "group-id", "Values": [group]}]
    assert len(ec2.describe_security_groups(Filters=by_id)["SecurityGroups"]) == 1

    iam = app.client("iam")
    iam.create_role(RoleName=app.name, AssumeRolePolicyDocument="{}", Tags=tags)
    assert iam.get_role(RoleName=app.name)["Role"]["Tags"] == tags
    ecr = app.client("ecr")
    arn = ecr.create_repository(repositoryName=app.name, tags=tags)["repository"]["repositoryArn"]
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    logs = app.client("logs")
    group_arn = f"arn:aws:logs:us-east-1:000000000000:log-group:/ecs/{app.name}"
    assert logs.list_tags_for_resource(resourceArn=group_arn)["tags"] == {"app": app.name}
    app.ecs.create_cluster(clusterName=f"{app.name}-2", tags=[{"key": "app", "value": app.name}])
    cluster = app.ecs.describe_clusters(clusters=[f"{app.name}-2"], include=["TAGS"])["clusters"][0]
    assert cluster["tags"] == [{"key": "app", "value": app.name}]


def test_network_is_as_in_a_default_vpc(app: App) -> None:
    main = [{"Name": "association.main", "Values": ["true"]}]
    (table,) = app.ec2.describe_route_tables(Filters=main)["RouteTables"]
    ways_out = [one for one in table["Routes"] if one["DestinationCidrBlock"] == "0.0.0.0/0"]
    assert [one["GatewayId"][:4] for one in ways_out] == ["igw-"]

    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    other = {**rule, "FromPort": 81, "ToPort": 81}
    app.ec2.authorize_security_group_ingress(GroupId=app.group, IpPermissions=[rule])
    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        app.ec2.authorize_security_group_ingress(GroupId=app.group, IpPermissions=[rule])
    app.ec2.authorize_security_group_ingress(GroupId=app.group, IpPermissions=[other])

    for call in (app.ecs.list_services, app.ecs.list_tasks):
        with pytest.raises(ClientError, match="ClusterNotFoundException"):
            call(cluster="nowhere")
    with pytest.raises(ClientError, match="ClusterNotFoundException"):
        app.ecs.create_service(cluster="nowhere", serviceName="x", taskDefinition="x")
