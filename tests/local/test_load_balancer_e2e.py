"""A service of real tasks behind a load balancer: who gets requests, and when.

Every expectation is AWS's behaviour; what the patches do for it is not looked at.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .app import App, Clients, until
from .balanced import Balanced, Load

pytestmark = pytest.mark.e2e
GREET = 'echo "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www'


@pytest.fixture
def balanced(app: App) -> Iterator[Balanced]:
    made = Balanced(app)
    yield made
    made.delete()


def greeting(app: App, text: str) -> str:
    return app.register(environment=[{"name": "GREETING", "value": text}], command=[GREET])


def test_rolling_failing_and_killed_under_load(balanced: Balanced, app: App, engine: Any) -> None:
    assert balanced.get()[0] == 503, "no targets yet"
    app.create(greeting(app, "first"), **balanced.behind(), healthCheckGracePeriodSeconds=0)
    app.ecs.update_service(cluster=app.name, service="web", desiredCount=2)
    assert until(app.tasks)
    assert not app.rolled_out(), "a task counts only when its target is healthy"
    assert until(lambda: balanced.states() == ["healthy", "healthy"]), balanced.health()
    assert until(app.rolled_out, 10)

    with Load(balanced.host) as load:
        time.sleep(1)
        app.ecs.update_service(cluster=app.name, service="web", taskDefinition=greeting(app, "second"))
        assert until(app.rolled_out), app.service()
        old = app.tasks("STOPPED", serviceName="web")
        assert {one["lastStatus"] for one in old} == {"DEACTIVATING"}, "they drain"
        assert until(lambda: balanced.states() == ["healthy", "healthy"]), balanced.health()
        time.sleep(1)
    assert load.faults == [], [one["message"] for one in app.service()["events"]]
    assert set(load.answers) == {"first", "second"}
    assert until(
        lambda: {one["lastStatus"] for one in app.tasks("STOPPED", serviceName="web")} == {"STOPPED"}
    )

    bad = app.register(command=["exec httpd -f -p 8080 -h /nowhere"])
    with Load(balanced.host) as load:
        deployment = app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)["service"]
        failing = deployment["deployments"][0]["id"]
        assert until(lambda: app.primary()["id"] != failing and app.rolled_out(), 60), app.service()
    assert load.faults == [], [one["message"] for one in app.service()["events"]]
    assert set(load.answers) == {"second"}
    failed = app.stopped(failing)
    assert failed
    assert failed["stoppedReason"] in (
        f"Task failed ELB health checks in (target-group {balanced.group})",
        "Essential container in task exited",
    )

    with Load(balanced.host) as load:
        time.sleep(0.5)
        (victim, *_) = app.tasks(serviceName="web")
        label = f"com.amazonaws.ecs.task-arn={victim['taskArn']}"
        engine.containers.list(filters={"label": label})[0].kill()
        assert until(lambda: balanced.states().count("healthy") == 1)
        assert until(lambda: balanced.states().count("healthy") == 2), balanced.health()
    assert set(load.faults) <= {"502", "504"}, load.faults
    assert len(load.faults) < 20, load.faults
    assert load.answers.total() > 50


def test_an_unhealthy_target_is_told_why_and_its_task_replaced(balanced: Balanced, app: App) -> None:
    balanced.elb.modify_target_group(TargetGroupArn=balanced.group, HealthCheckPath="/health")
    definition = app.register(command=["touch /www/health; exec httpd -f -p 8080 -h /www"])
    app.create(definition, **balanced.behind(), healthCheckGracePeriodSeconds=30)
    assert until(app.rolled_out)
    assert balanced.health() == [("healthy", "")]

    balanced.elb.modify_target_group(TargetGroupArn=balanced.group, HealthCheckPath="/nope")
    assert until(lambda: balanced.states() == ["unhealthy"])
    (found,) = balanced.elb.describe_target_health(TargetGroupArn=balanced.group)["TargetHealthDescriptions"]
    assert found["TargetHealth"]["Reason"] == "Target.ResponseCodeMismatch"
    assert found["TargetHealth"]["Description"] == "Health checks failed with these codes: [404]"
    assert found["HealthCheckPort"] == "8080"
    assert balanced.get("/health")[0] == 200, "a group of unhealthy targets only gets requests all the same"
    assert app.tasks("STOPPED") == [], "the grace period is not over"

    app.ecs.update_service(cluster=app.name, service="web", healthCheckGracePeriodSeconds=0)
    stopped = until(lambda: app.tasks("STOPPED"))
    assert stopped[0]["stoppedReason"] == f"Task failed ELB health checks in (target-group {balanced.group})"
    assert stopped[0]["stopCode"] == "ServiceSchedulerInitiated"
    assert until(lambda: app.tasks()), "it is replaced"
    messages = [one["message"] for one in app.service()["events"]]
    assert any("is unhealthy in (target-group" in one and "[404]" in one for one in messages), messages


def test_two_services_share_one_balancer_by_rules_and_weights(balanced: Balanced, app: App) -> None:
    app.create(greeting(app, "first"), **balanced.behind())
    second = balanced.make_group(f"{app.name[:24]}-second")
    behind = [{"targetGroupArn": second, "containerName": "web", "containerPort": 8080}]
    with pytest.raises(ClientError) as refused:
        app.create(greeting(app, "second"), service="second", loadBalancers=behind)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "does not have an associated load balancer" in str(refused.value)
    elb = balanced.elb
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["second.example"]}}
    rule = elb.create_rule(
        ListenerArn=balanced.listener, Priority=10, Conditions=[host], Actions=[balanced.forward(second)]
    )["Rules"][0]
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/gone*"]}}
    fixed = {"StatusCode": "410", "ContentType": "text/plain", "MessageBody": "gone & <over>"}
    with pytest.raises(ClientError) as refused:
        elb.create_rule(
            ListenerArn=balanced.listener, Priority=10, Conditions=[path],
            Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
        )  # fmt: skip
    assert refused.value.response["Error"]["Code"] == "PriorityInUse"
    elb.create_rule(
        ListenerArn=balanced.listener, Priority=5, Conditions=[path],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
    )  # fmt: skip
    app.create(greeting(app, "second"), service="second", loadBalancers=behind)
    assert until(app.rolled_out)
    assert until(lambda: app.rolled_out("second"))

    assert balanced.get() == (200, "first")
    assert balanced.get(Host="second.example") == (200, "second")
    assert balanced.get("/gone/away") == (410, "gone & <over>")
    assert balanced.get("/missing")[0] == 404, "a target's own answer"

    groups = [
        {"TargetGroupArn": balanced.group, "Weight": 1},
        {"TargetGroupArn": second, "Weight": 1},
    ]
    both = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    elb.modify_listener(ListenerArn=balanced.listener, DefaultActions=both)
    (shown,) = elb.describe_listeners(LoadBalancerArn=balanced.arn)["Listeners"]
    assert shown["DefaultActions"][0]["ForwardConfig"]["TargetGroups"] == groups
    assert {balanced.get()[1] for _ in range(40)} == {"first", "second"}

    with pytest.raises(ClientError) as refused:
        elb.delete_target_group(TargetGroupArn=second)
    assert refused.value.response["Error"]["Code"] == "ResourceInUse"
    elb.delete_rule(RuleArn=rule["RuleArn"])
    elb.modify_listener(ListenerArn=balanced.listener, DefaultActions=[balanced.forward(balanced.group)])
    elb.delete_target_group(TargetGroupArn=second)
    with pytest.raises(ClientError) as refused:
        elb.describe_target_groups(TargetGroupArns=[second])
    assert refused.value.response["Error"]["Code"] == "TargetGroupNotFound"


def test_balancers_are_as_aws_shows_them_and_go_with_their_listeners(app: App) -> None:
    balanced = Balanced(app)
    elb = balanced.elb
    (shown,) = elb.describe_load_balancers(Names=[app.name])["LoadBalancers"]
    assert shown["State"]["Code"] in ("provisioning", "active")
    assert len({zone["ZoneName"] for zone in shown["AvailabilityZones"]}) == len(app.subnets)
    assert shown["VpcId"] == app.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]

    def state() -> str:
        return str(elb.describe_load_balancers(Names=[app.name])["LoadBalancers"][0]["State"]["Code"])

    assert until(lambda: state() == "active", 5)
    again = elb.create_load_balancer(
        Name=app.name, Subnets=app.subnets, SecurityGroups=[app.group], Type="application"
    )
    assert again["LoadBalancers"][0]["LoadBalancerArn"] == balanced.arn
    refusals: dict[str, Callable[[], Any]] = {
        "DuplicateLoadBalancerName": lambda: elb.create_load_balancer(
            Name=app.name, Subnets=app.subnets[:2], SecurityGroups=[app.group]
        ),
        "ValidationError": lambda: elb.create_load_balancer(Name="one-zone", Subnets=app.subnets[:1]),
        "DuplicateListener": lambda: elb.create_listener(
            LoadBalancerArn=balanced.arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[balanced.forward(balanced.group)],
        ),
        "LoadBalancerNotFound": lambda: elb.describe_load_balancers(Names=["nobody"]),
        "TargetGroupNotFound": lambda: elb.describe_target_groups(Names=["nobody"]),
    }
    for code, call in refusals.items():
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == code

    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.create_listener(
        LoadBalancerArn=balanced.arn, Protocol="HTTP", Port=8081,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )  # fmt: skip
    answer = http.client.HTTPConnection(balanced.host, 8081, timeout=5)
    answer.request("GET", "/a?b=c", headers={"Host": "shop.example"})
    moved = answer.getresponse()
    assert (moved.status, moved.getheader("Location")) == (301, "https://shop.example:443/a?b=c")
    answer.close()

    elb.register_targets(TargetGroupArn=balanced.group, Targets=[{"Id": "127.0.0.1", "Port": 1}])
    assert until(lambda: balanced.health() == [("unhealthy", "Target.FailedHealthChecks")], 15)
    assert balanced.get()[0] == 502
    assert len(app.interfaces()) == len(app.subnets), "the balancer's own"
    elb.delete_load_balancer(LoadBalancerArn=balanced.arn)
    assert balanced.health() == [("unused", "Target.NotInUse")]
    with pytest.raises(OSError, match="refused"):
        balanced.get()
    with pytest.raises(ClientError):
        elb.describe_listeners(ListenerArns=[balanced.listener])
    assert until(lambda: not app.interfaces(), 10)
    app.ec2.delete_security_group(GroupId=app.group)


def test_https_and_a_network_load_balancer(app: App, client: Clients) -> None:
    balanced = Balanced(app)
    arn = client("acm").request_certificate(DomainName="shop.example")["CertificateArn"]
    balanced.elb.create_listener(
        LoadBalancerArn=balanced.arn, Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": arn}], DefaultActions=[balanced.forward(balanced.group)],
    )  # fmt: skip
    app.create(greeting(app, "safe"), **balanced.behind())
    assert until(app.rolled_out)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(balanced.host, timeout=5, context=trusting)
    connection.request("GET", "/")
    assert connection.getresponse().read().strip() == b"safe"
    certificate = connection.sock.getpeercert(binary_form=True)
    assert certificate
    assert b"shop.example" in certificate
    connection.close()
    balanced.delete()
    app.delete()

    app.name = f"{app.name[:20]}-tcp"
    app.ecs.create_cluster(clusterName=app.name)
    client("logs").create_log_group(logGroupName=f"/ecs/{app.name}")
    network = Balanced(app, kind="network")
    (shown,) = network.elb.describe_load_balancers(Names=[app.name])["LoadBalancers"]
    assert ":loadbalancer/net/" in shown["LoadBalancerArn"]
    assert ":listener/net/" in network.listener
    app.create(greeting(app, "plain"), **network.behind())
    assert until(app.rolled_out)
    assert network.get() == (200, "plain")
    network.delete()


def test_a_stopped_task_is_deregistered_before_its_sigterm(app: App) -> None:
    balanced = Balanced(app, drain=4)
    serve = "touch /www/index.html; httpd -p 8080 -h /www; while true; do sleep 0.1; done"
    command = [f"trap 'echo told; exit 0' TERM; {serve}"]
    app.create(app.register(command=command), **balanced.behind())
    assert until(app.rolled_out)
    (task,) = app.tasks()
    begun = time.monotonic()
    app.ecs.stop_task(cluster=app.name, task=task["taskArn"], reason="by hand")
    assert ("draining", "Target.DeregistrationInProgress") in balanced.health()
    described = app.ecs.describe_tasks(cluster=app.name, tasks=[task["taskArn"]])["tasks"][0]
    assert (described["lastStatus"], described["desiredStatus"]) == ("DEACTIVATING", "STOPPED")
    assert described["stoppedReason"] == "by hand"
    assert until(app.tasks), "a service's task that is stopped is replaced"
    assert until(lambda: "told" in app.log_lines())
    assert time.monotonic() - begun >= 4

    def stopped() -> bool:
        found = app.ecs.describe_tasks(cluster=app.name, tasks=[task["taskArn"]])["tasks"][0]
        return bool(found["lastStatus"] == "STOPPED" and found["containers"][0]["exitCode"] == 0)

    assert until(stopped)
    balanced.delete()
