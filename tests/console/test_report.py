from datetime import UTC, datetime

from fargatectl.console.report import down_text, error_text, plan_text, status_text, up_text
from fargatectl.errors import Problem, SpecError

DIGEST = "sha256:18c627a1b2c3d4e5f60718293a4b5c6d7e8f9001122334455667788990011223"
TASK = {
    "id": "3f2a9c10b7d94e1a8c5d",
    "status": "RUNNING",
    "health": "HEALTHY",
    "public_ip": "54.12.3.4",
    "private_ip": "10.0.0.7",
    "started_at": "2026-07-29T12:12:44+02:00",
}
WEB = {
    "name": "web",
    "state": "steady",
    "desired": 1,
    "running": 1,
    "pending": 0,
    "image": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/app/web@{DIGEST}",
    "task_definition": "arn:aws:ecs:us-east-1:123456789012:task-definition/flask-fargate-app-web:9",
    "url": "http://54.12.3.4:8080",
    "tasks": [TASK],
}
WORKER = {
    "name": "worker",
    "state": "deploying",
    "desired": 2,
    "running": 1,
    "pending": 1,
    "image": "docker.io/library/redis:7",
    "task_definition": "arn:aws:ecs:us-east-1:123456789012:task-definition/flask-fargate-app-worker:12",
    "url": None,
    "tasks": [
        {"id": "arn:aws:ecs:us-east-1:1:task/c/aabbccddeeff", "status": "RUNNING", "health": "UNKNOWN",
         "private_ip": "10.0.0.8", "started_at": datetime(2026, 7, 29, 10, 0, tzinfo=UTC)},
        {"id": "0011223344556677", "status": "PENDING", "health": None, "started_at": None},
    ],
}  # fmt: skip
STATUS = {
    "schema": 1,
    "app": "flask-fargate-app",
    "environment": "default",
    "region": "us-east-1",
    "account": "123456789012",
    "platform": "ecs",
    "services": [WEB],
}


def change(action: str, kind: str, name: str, *fields: tuple, cause: str = "") -> dict:
    differing = [{"field": field, "old": old, "new": new} for field, old, new in fields]
    return {"action": action, "kind": kind, "id": "web", "name": name, "fields": differing, "cause": cause}


def test_status_of_one_service() -> None:
    assert status_text(STATUS) == (
        "flask-fargate-app  default  us-east-1  123456789012\n"
        "\n"
        "web  steady  1 of 1 running  web:9  sha256:18c627a1b2c3\n"
        "     http://54.12.3.4:8080\n"
        "     3f2a9c10  RUNNING  HEALTHY  54.12.3.4  since 2026-07-29 10:12:44 UTC"
    )


def test_status_of_several_services_aligns_them() -> None:
    assert status_text({**STATUS, "platform": "eks", "services": [WEB, WORKER]}) == (
        "flask-fargate-app  default  us-east-1  123456789012  eks\n"
        "\n"
        "web     steady     1 of 1 running             web:9      sha256:18c627a1b2c3\n"
        "        http://54.12.3.4:8080\n"
        "        3f2a9c10  RUNNING  HEALTHY  54.12.3.4  since 2026-07-29 10:12:44 UTC\n"
        "\n"
        "worker  deploying  1 of 2 running, 1 pending  worker:12  redis:7\n"
        "        aabbccdd  RUNNING           10.0.0.8   since 2026-07-29 10:00:00 UTC\n"
        "        00112233  PENDING"
    )


def test_status_of_what_is_not_there() -> None:
    absent = {"name": "web", "state": "absent", "desired": 0, "running": 0, "pending": 0, "image": None,
              "task_definition": None, "url": None, "tasks": []}  # fmt: skip
    heading = "flask-fargate-app  default  us-east-1  123456789012\n\n"
    assert status_text({**STATUS, "services": [absent]}) == heading + "web  absent  0 of 0 running"
    assert status_text({**STATUS, "services": []}) == heading + (
        "No services: none of flask-fargate-app (environment default) in us-east-1. "
        "Elsewhere: --region; another environment: -e."
    )


def test_plan_of_changes_of_every_action() -> None:
    changes = [
        change("create", "logs.log_group", "/ecs/flask-fargate-app", ("retention", None, 30)),
        change("create", "iam.role", "flask-fargate-app-execution"),
        change("update", "ecs.task_definition", "web", ("env.GREETING", "hello", "bye"), ("cpu", 256, 512)),
        change(
            "replace", "elbv2.target_group", "web", ("port", 80, 8080), cause="AWS cannot change it in place"
        ),
        change("replace", "ecs.service", "web"),
        change("delete", "ec2.security_group", "old", cause="no longer in the spec"),
    ]
    document = {"schema": 1, "changes": changes,
                "monthly_cost": {"before": 9.01, "after": 18.02, "currency": "USD"}}  # fmt: skip
    assert plan_text(document) == (
        "  +  log group        /ecs/flask-fargate-app       retention: 30\n"
        "  +  role             flask-fargate-app-execution\n"
        "  ~  task definition  web                          env.GREETING: hello -> bye\n"
        "                                                   cpu: 256 -> 512\n"
        "  ~  target group     web                          port: 80 -> 8080\n"
        "                                                   (replaced: AWS cannot change it in place)\n"
        "  ~  service          web                          (replaced)\n"
        "  -  security group   old                          (no longer in the spec)\n"
        "\n"
        "2 to create, 1 to update, 2 to replace, 1 to delete.\n"
        "Monthly cost: 9.01 -> 18.02 USD (+9.01)."
    )


def test_plan_shows_values_as_a_person_writes_them() -> None:
    values = [
        ("set", None, "x"), ("empty", "", "x"), ("flag", False, True),
        ("list", ["a"], ["a", "b"]), ("long", "a" * 100, "b"), ("greeting", "\x1b[31mhi", "Grüße\nWelt"),
    ]  # fmt: skip
    text = plan_text({"changes": [change("update", "a.b", "n", *values)], "monthly_cost": None})
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0].endswith("set: none -> x")
    assert lines[1:6] == [
        'empty: "" -> x',
        "flag: false -> true",
        'list: ["a"] -> ["a", "b"]',
        "long: " + "a" * 59 + "… -> b",
        "greeting: hi -> Grüße Welt",
    ]


def test_plan_shows_where_long_values_differ() -> None:
    statement = '{"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resources":["a"'
    role = "arn:aws:iam::123456789012:role"
    values = [
        ("statements", f"{statement}]}}]}}", f'{statement},"b"]}}]}}'), ("shorter", "a" * 100, "a" * 61),
        ("early", "x" + "a" * 100, "y" + "a" * 100), ("late", "a" * 50 + "x" * 60, "a" * 50 + "y"),
        ("role", f"{role}/one/web", f"{role}/two/web"),
        ("secret", "a" * 80 + "(hidden)", "a" * 80 + "(hidden)"),
    ]  # fmt: skip
    text = plan_text({"changes": [change("update", "a.b", "n", *values)], "monthly_cost": None})
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0].endswith('statements: …es":["a"]}]} -> …es":["a","b"]}]}')
    assert lines[1:6] == [
        f"shorter: …{'a' * 47} -> …{'a' * 8}",
        f"early: x{'a' * 58}… -> y{'a' * 58}…",
        f"late: …{'a' * 8}{'x' * 50}… -> …{'a' * 8}y",
        f"role: {role}/one/web -> {role}/two/web",
        f"secret: {'a' * 59}… -> {'a' * 59}…",
    ]


def test_plan_without_changes_and_costs() -> None:
    assert plan_text({"changes": [], "monthly_cost": None}) == "Nothing to change."
    same = {"before": 9.011, "after": 9.012, "currency": "USD"}
    assert plan_text({"changes": [], "monthly_cost": same}) == (
        "Nothing to change.\nMonthly cost: 9.01 USD, unchanged."
    )
    less = {"before": 9.0, "after": 0.0, "currency": "USD"}
    assert plan_text({"changes": [], "monthly_cost": less}).endswith("9.00 -> 0.00 USD (-9.00).")


def test_up_ends_with_the_address_and_what_to_type_next() -> None:
    changes = [change("create", "a.b", f"n{number}") for number in range(8)]
    assert up_text({**STATUS, "changes": changes, "seconds": 58.2}) == (
        "http://54.12.3.4:8080\n"
        "\n"
        "8 created in 58 s. See it: fargatectl status, fargatectl logs -f. Remove it: fargatectl down"
    )


def test_up_of_another_environment_suggests_commands_that_mean_it() -> None:
    changes = [change("create", "a.b", "n"), change("update", "a.b", "m"), change("delete", "a.b", "o")]
    worker = {**WORKER, "url": "http://1.2.3.4"}
    document = {
        **STATUS,
        "environment": "prod",
        "services": [WEB, worker],
        "changes": changes,
        "seconds": 4.2,
    }
    assert up_text(document) == (
        "web     http://54.12.3.4:8080\n"
        "worker  http://1.2.3.4\n"
        "\n"
        "1 created, 1 updated, 1 deleted in 4.2 s.\n"
        "  see it     fargatectl status -e prod\n"
        "             fargatectl logs -f -e prod\n"
        "  remove it  fargatectl down -e prod"
    )
    local = up_text(document, options="--local")
    assert local.endswith("\n  remove it  fargatectl down --local")
    assert "-e prod" not in local


def test_an_address_among_several_services_says_whose_it_is() -> None:
    document = {**STATUS, "changes": [], "seconds": 0.9}
    assert up_text({**document, "services": [WORKER, WEB]}).startswith("web  http://54.12.3.4:8080\n")
    assert up_text({**document, "services": [WEB]}).startswith("http://54.12.3.4:8080\n")


def test_up_with_nothing_to_change() -> None:
    assert up_text({**STATUS, "changes": [], "seconds": 0.94}) == (
        "http://54.12.3.4:8080\n\nNothing to change (0.9 s)."
    )
    assert up_text({**STATUS, "services": [WORKER], "changes": [], "seconds": 0.94}) == (
        "Nothing to change (0.9 s)."
    )


def test_down() -> None:
    deleted = [{"kind": "ecs.service", "name": "web"}, {"kind": "logs.log_group", "name": "/ecs/app"}]
    kept = [{"kind": "efs.file_system", "name": "data", "why": "it holds data; --delete-data removes it"}]
    assert down_text({"deleted": deleted, "kept": kept}, STATUS) == (
        "  -  service      web\n"
        "  -  log group    /ecs/app\n"
        "  =  file system  data      kept: it holds data; --delete-data removes it\n"
        "\n"
        "2 deleted, 1 kept."
    )
    assert down_text({"deleted": deleted, "kept": []}, STATUS, list_deleted=False) == "2 deleted."
    assert down_text({"deleted": [], "kept": kept}, STATUS).endswith("\n\nNothing to remove, 1 kept.")
    assert down_text({"deleted": [], "kept": []}, STATUS) == (
        "Nothing to remove: nothing of flask-fargate-app (environment default) in us-east-1. "
        "Elsewhere: --region; another environment: -e."
    )


def error(message: str, **more: object) -> dict:
    return {"schema": 1, "error": {"code": "x", "message": message, "hint": "", "details": [], **more}}


def test_an_error_with_the_log_that_explains_it() -> None:
    log = ["KeyError: 'DATABASE_URL'", "  app.py, line 12\n", "\x1b[31mred\x1b[0m"]
    document = error(
        "web:9 does not start: the container exited with code 1",
        details=[{"service": "web", "log": log}],
        hint="Set DATABASE_URL in fargate.yml:7, then run fargatectl up again.",
    )
    assert error_text(document) == (
        "error: web:9 does not start: the container exited with code 1\n"
        "  | KeyError: 'DATABASE_URL'\n"
        "  |   app.py, line 12\n"
        "  | red\n"
        "Set DATABASE_URL in fargate.yml:7, then run fargatectl up again."
    )


def test_every_problem_of_a_spec_has_its_line() -> None:
    fault = SpecError([
        Problem("fargate.yml", 7, "services.web.memory", "300 is not allowed with cpu 0.25"),
        Problem("fargate.yml", 3, "ap", "is not known: do you mean app?"),
    ])  # fmt: skip
    assert error_text(error(fault.message, details=fault.details)) == (
        "error: fargate.yml:3: ap: is not known: do you mean app?\n"
        "       fargate.yml:7: services.web.memory: 300 is not allowed with cpu 0.25"
    )


def test_output_that_a_message_quotes_keeps_its_place() -> None:
    message = "Dockerfile:3: step 2/3 failed: RUN make\n  | make: no rule\n  exit code 2"
    assert error_text(error(message)) == (
        "error: Dockerfile:3: step 2/3 failed: RUN make\n  | make: no rule\n         exit code 2"
    )


def test_a_log_of_one_text_keeps_its_lines() -> None:
    assert error_text(error("m", details=[{"log": "one\ntwo\n"}])) == "error: m\n  | one\n  | two"


def test_hostile_names_from_aws_are_harmless_in_every_report() -> None:
    evil = "\x1b]0;owned\x07\x1b[2Jweb\r\n"
    task = {**TASK, "id": evil, "status": evil, "health": evil, "public_ip": evil, "started_at": evil}
    service = {**WEB, "name": evil, "state": evil, "image": evil, "url": evil, "task_definition": evil,
               "tasks": [task]}  # fmt: skip
    altered = {**change("update", evil, evil, (evil, evil, {evil: [evil]}), cause=evil), "id": evil}
    document = {
        **STATUS,
        "app": evil,
        "environment": evil,
        "services": [service],
        "changes": [altered],
        "seconds": 1,
    }
    entry = {"kind": evil, "name": evil, "why": evil}
    texts = [
        status_text(document),
        up_text(document),
        up_text({**document, "services": [service, service]}),
        plan_text({**document, "monthly_cost": {"before": 1, "after": 2, "currency": evil}}),
        down_text({"deleted": [entry], "kept": [entry]}, STATUS),
        error_text(error(evil, hint=evil, details=[{"log": [evil]}])),
    ]
    for text in texts:
        assert "web" in text
        assert not [char for char in text if char != "\n" and not char.isprintable()]
