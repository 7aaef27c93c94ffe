"""`overrides` of every kind: the request that carries each, and what the next plan makes of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fargatectl.engine.overrides import Overridable
from fargatectl.engine.resource import KINDS, Lookup
from fargatectl.errors import SpecError, UsageError
from fargatectl.resources._overridable import NOTHING
from fargatectl.resources.registry import load_kinds
from tests.app.overriding import CASES, LEFT, REFUSED, Case, name_of
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases.topic import WATCHED
from tests.lifecycle.networks import PUBLIC
from tests.support.apps import ONE, Deployer, changed
from tests.support.soak import SOAK
from tests.support.watched import Killed

ELSEWHERE = {"ecs.service", "ecs.task_definition", "cloudwatch.alarm"}
"""Kinds of tests/app/test_overrides.py and others."""


def some(cases: Sequence[Case]) -> Sequence[Case]:
    """A third of them, unless FARGATECTL_SOAK is set."""
    return cases if SOAK else cases[::3]


@pytest.fixture(autouse=True)
def zone(deployer: Deployer) -> None:
    deployer.aws().call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_new_one_is_made_with_it_and_the_plan_says_so(case: Case, deployer: Deployer) -> None:
    planned = deployer.plan(case.text()).plan.documents()
    (creation,) = [one for one in planned if one["kind"] == case.kind and one["id"] == case.id]
    assert {one["field"].split(".")[1] for one in creation["fields"]} == {case.member}
    aws = deployer.aws()
    deployer.up(case.text(), aws)
    assert any(case.is_in(one) for one in aws.of(case.made_by))
    again = deployer.aws()
    deployer.up(case.text(), again)
    assert deployer.plan(case.text()).plan.documents() == []
    assert not [one for name in (case.made_by, case.set_by) if name for one in again.of(name)]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_one_that_is_there_is_changed_replaced_or_left_with_a_word(case: Case, deployer: Deployer) -> None:
    deployer.up(case.text(case.other))
    if case.becomes == REFUSED:
        with pytest.raises(UsageError, match="only for a new") as raised:
            deployer.plan(case.text())
        line = case.text().count("\n")
        where = f"fargate.yml:{line}: overrides.{case.kind}.{case.id}.{case.member}: "
        assert where in raised.value.message
        assert "fargatectl down" in raised.value.hint
        return
    changes = changed(deployer.plan(case.text()).plan.documents())
    if case.becomes == LEFT:
        assert changes == []
        return
    (action, _, fields), *others = [one for one in changes if one[1] == case.kind]
    assert not others
    assert action == case.becomes
    assert {".".join(one.split(".")[:2]) for one in fields} == {f"overrides.{case.member}"}
    aws = deployer.aws()
    deployer.up(case.text(), aws)
    assert any(case.is_in(one) for one in aws.of(case.set_by or case.made_by))
    assert deployer.plan(case.text()).plan.documents() == []


@pytest.mark.parametrize("case", [one for one in CASES if one.set_by], ids=name_of)
def test_what_somebody_else_has_changed_is_mended(case: Case, deployer: Deployer) -> None:
    deployer.up(case.text())
    deployer.up(case.text(case.other))  # as anybody may do it
    aws = deployer.aws()
    deployer.up(case.text(), aws)
    assert any(case.is_in(one) for one in aws.of(case.set_by))
    assert deployer.plan(case.text()).plan.documents() == []


@pytest.mark.parametrize("case", some(CASES), ids=name_of)
def test_killed_after_the_call_the_next_run_completes_it(case: Case, deployer: Deployer) -> None:
    what = KINDS[case.kind].overridable
    assert what
    aws = deployer.aws()
    aws.die_after(what.service, what.create.partition(".")[0])
    with pytest.raises(Killed):
        deployer.up(case.text(), aws)
    deployer.up(case.text())
    assert deployer.plan(case.text()).plan.documents() == []


@pytest.mark.parametrize("case", some([one for one in CASES if one.set_by]), ids=name_of)
def test_a_change_whose_answer_is_lost_is_made_again(case: Case, deployer: Deployer) -> None:
    what = KINDS[case.kind].overridable
    assert what
    deployer.up(case.text(case.other))
    aws = deployer.aws()
    aws.die_after(what.service, case.set_by)
    with pytest.raises(Killed):
        deployer.up(case.text(), aws)
    deployer.up(case.text())
    assert deployer.plan(case.text()).plan.documents() == []


def test_every_kind_may_be_overridden_or_says_why_not() -> None:
    made = {kind for kind, cls in load_kinds().items() if not issubclass(cls, Lookup)}
    able = {kind for kind in made if KINDS[kind].overridable}
    assert not able & set(NOTHING)
    assert able | set(NOTHING) == made
    assert able == {case.kind for case in CASES} | ELSEWHERE


@pytest.mark.parametrize("kind", [kind for kind, cls in load_kinds().items() if cls.overridable])
def test_what_a_kind_reserves_is_there(kind: str) -> None:
    from fargatectl.aws.fields import _input, _shown

    what = KINDS[kind].overridable
    assert isinstance(what, Overridable)
    shapes = [_input(what.service, call) for call in (what.create, *what.updates, *what.further)]
    members = {name for shape in shapes for name in shape.members}
    assert {path.partition(".")[0] for path in what.reserved} <= members
    assert {*what.told, *what.by, *what.instead, *what.present, *what.later} <= members
    fields = {one for names in what.by.values() for one in names} | set(what.instead.values())
    assert fields <= set(KINDS[kind].__dataclass_fields__)
    for path in what.shown:
        assert _shown(what.service, path)


@pytest.mark.parametrize("kind", [kind for kind, cls in load_kinds().items() if cls.overridable])
def test_names_ids_tags_and_tokens_are_never_the_specs_to_set(kind: str) -> None:
    from fargatectl.aws.fields import _input

    what = KINDS[kind].overridable
    assert what
    for call in (what.create, *what.updates, *what.further):
        for name in _input(what.service, call).members:
            if name.lower() in ("tags", "tagspecifications", "clienttoken", "name", "dryrun"):
                assert name in what.reserved, name


@pytest.mark.parametrize("kind", sorted(NOTHING))
def test_of_the_others_it_is_said_why(kind: str, deployer: Deployer) -> None:
    with pytest.raises(UsageError) as raised:
        deployer.plan(f"{ONE}overrides: {{{kind}: {{'*': {{}}}}}}\n")
    assert NOTHING[kind] in str(raised.value.problems[0].text)  # type: ignore[attr-defined]


STEPS = ("appscaling.scalable_target", "{StepScalingPolicyConfiguration: {MetricAggregationType: Maximum}}")


def test_what_no_policy_has_is_given_to_none(deployer: Deployer) -> None:
    text = f"{ONE}    scaling: {{min: 1, max: 3, cpu: 60}}\noverrides: {{{STEPS[0]}: {{web: {STEPS[1]}}}}}\n"
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("PutScalingPolicy")
    assert "StepScalingPolicyConfiguration" not in request
    assert deployer.plan(text).plan.documents() == []


def test_a_policy_that_aws_lays_out_anew_is_the_same(deployer: Deployer) -> None:
    (case,) = [one for one in CASES if one.kind == "ec2.vpc_endpoint"]
    deployer.up(case.text())
    spaced = case.text({"PolicyDocument": case.given["PolicyDocument"].replace(",", " ,\t")})
    assert deployer.plan(spaced).plan.documents() == []


def test_some_of_a_kind_have_their_own(deployer: Deployer) -> None:
    text = f"{PUBLIC}overrides:\n  ec2.subnet:\n    '*': {{MapPublicIpOnLaunch: {{Value: true}}}}\n"
    text += "    public-1: {MapPublicIpOnLaunch: {Value: false}, EnableDns64: {Value: false}}\n"
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("ModifySubnetAttribute")  # one of two: AWS gives new ones false
    assert request["MapPublicIpOnLaunch"] == {"Value": True}
    assert deployer.plan(text).plan.documents() == []


def test_where_nothing_is_overridden_nobody_looks(deployer: Deployer) -> None:
    asked = ("GetTopicAttributes", "DescribeListenerAttributes")
    for text in (WATCHED, BEHIND):
        deployer.up(text)
        aws = deployer.aws()
        deployer.up(text, aws)
        assert not [one for name in asked for one in aws.of(name)]


FAULTS = [
    ("logs.log_group", "{logGroupClass: INFREQUENT_ACCESS}", "cannot be overridden: set logs.log_class"),
    ("logs.log_group", "{deletionProtection: true}", "did you mean deletionProtectionEnabled?"),
    ("ecr.repository", "{encryptionConfiguration: {kmsKey: x}}", "cannot be overridden: set kms_key"),
    ("ecr.repository", "{imageTagMutability: MUTABLE}", "what a tag meant when it was deployed"),
    ("iam.role", "{MaxSessionDuration: 60}", "must be at least 3600 and at most 43200, not 60"),
    ("iam.role", "{MaxSesionDuration: 7200}", "did you mean MaxSessionDuration"),
    ("iam.role", "{PermissionsBoundary: x}", "set roles.boundary"),
    ("ec2.security_group", "{VpcId: vpc-0}", "set network"),
]


@pytest.mark.parametrize(("kind", "given", "said"), FAULTS)
def test_what_is_wrong_is_told_with_what_to_do(kind: str, given: str, said: str, deployer: Deployer) -> None:
    with pytest.raises(SpecError) as raised:
        deployer.plan(f"{ONE}overrides: {{{kind}: {{'*': {given}}}}}\n")
    texts = {(one.line, one.text) for one in raised.value.problems}
    assert len(texts) == 1
    ((line, text),) = texts
    assert line == 7
    assert said in text


def test_a_part_of_a_map_may_be_the_specs_own(deployer: Deployer) -> None:
    with pytest.raises(SpecError, match="FIFO"):
        deployer.plan(f"{WATCHED}overrides: {{sns.topic: {{'*': {{Attributes: {{FifoTopic: 'true'}}}}}}}}\n")
