"""Every kind's life: made, found unchanged, made again, pruned, removed, found when the spec is gone."""

from __future__ import annotations

import dataclasses
from typing import Any

from fargatectl import operations
from fargatectl.app import App
from fargatectl.engine.graph import users
from fargatectl.engine.plan import in_order
from fargatectl.engine.resource import dependencies
from tests.support.apps import Deployer, changed
from tests.support.dump import NOTHING, dump, remains
from tests.support.watched import WatchedAws

from . import each
from .case import Case


def _brief(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["action"], one["kind"], one["name"]) for one in document["changes"]}


@each.kind()
def test_once_made_it_is_found_unchanged(deployer: Deployer, moto_aws: WatchedAws, case: Case) -> None:
    wanted = each.targets(case, deployer.app(deployer.load(case.spec)))
    document = deployer.up(case.spec)
    assert {("create", case.kind, one.name) for one in wanted} <= _brief(document)
    assert len(case.own(moto_aws)) == len(wanted)
    before = dump(moto_aws)
    aws = deployer.aws()
    assert deployer.up(case.spec, aws)["changes"] == []
    assert aws.writes == []
    assert dump(moto_aws) == before


@each.kind()
def test_down_finds_it_by_its_tags_and_a_second_one_finds_nothing(
    deployer: Deployer, moto_aws: WatchedAws, case: Case
) -> None:
    """With the app's name alone, while the index of all tags still shows nothing."""
    wanted = each.targets(case, deployer.app(deployer.load(case.spec)))
    deployer.deployed(case.spec)
    assert case.own(moto_aws)
    aws = deployer.aws()
    aws.rig("resourcegroupstaggingapi", "GetResources", lambda *_: iter(()))
    deleted = deployer.down(case.spec, aws)["deleted"]
    assert remains(moto_aws) == NOTHING
    if "delete" not in case.cannot:
        names = {one["name"] for one in deleted if one["kind"] == case.kind}
        assert names == {one.name for one in wanted}
    again = deployer.aws()
    assert deployer.down(case.spec, again)["deleted"] == []
    assert again.writes == []


@each.kind()
def test_removed_behind_our_back_it_is_made_again(
    deployer: Deployer, moto_aws: WatchedAws, case: Case
) -> None:
    deployer.deployed(case.spec)
    made = len(case.own(moto_aws))
    case.removal.meddle(moto_aws)
    assert len(case.own(moto_aws)) == made - 1
    expected = sorted([("create", case.kind, list(case.removal.fields)), *case.removal.also])
    assert sorted(changed(deployer.plan(case.spec).plan.documents())) == expected
    assert sorted(changed(deployer.up(case.spec)["changes"])) == expected
    assert deployer.plan(case.spec).plan.documents() == []
    assert len(case.own(moto_aws)) == made


@each.kind()
def test_what_is_gone_by_the_time_of_its_removal_is_removed(
    deployer: Deployer, moto_aws: WatchedAws, case: Case
) -> None:
    deployer.deployed(case.spec)
    run = deployer.run(deployer.load(case.spec))
    planned = operations.removal(run, delete_data=True)
    case.removal.meddle(moto_aws)
    deployer.down_by(run, planned)
    assert remains(moto_aws) == NOTHING


@each.kind("prune")
def test_what_the_spec_has_no_use_for_is_removed(
    deployer: Deployer, moto_aws: WatchedAws, case: Case
) -> None:
    loaded = deployer.load(case.spec)
    app = deployer.app(loaded)
    deployer.deployed(case.spec)
    before = {thing.name for thing in case.own(moto_aws)}
    rest = deployer.app(deployer.load(case.without)) if case.without else _less(app, case)
    run = deployer.run(loaded)
    document = deployer.up_to(run, rest)
    first, *others = each.targets(case, app)
    causes = {
        (one["kind"], one["name"]): one["cause"] for one in document["changes"] if one["action"] == "delete"
    }
    assert causes.pop((case.kind, first.name)) == "no longer in the spec"
    if not case.without:
        assert {kind for kind, _ in causes} <= users()[case.kind]
    assert before - {thing.name for thing in case.own(moto_aws)}
    assert operations.plan(deployer.run(loaded), rest).plan.documents() == []
    assert others == [] or len(case.own(moto_aws)) == len(before) - 1


def _less(app: App, case: Case) -> App:
    """An app without the one that the case is about, and without all that needs it."""
    first, *_ = each.targets(case, app)
    ordered, gone = in_order(app.desired), {first}
    for one in ordered:
        if gone & set(dependencies(one)):
            gone.add(one)
    services = {name: one for name, one in app.services.items() if one not in gone}
    return dataclasses.replace(
        app, desired=tuple(one for one in ordered if one not in gone), services=services
    )


@each.kind()
def test_environments_do_not_touch_each_other(deployer: Deployer, moto_aws: WatchedAws, case: Case) -> None:
    text = f"{case.spec}environments:\n  prod: {case.prod}\n"
    deployer.deployed(text)
    one = len(case.own(moto_aws))
    before = dump(moto_aws)
    deployer.up(text, environment="prod")
    assert len(case.own(moto_aws)) == 2 * one
    assert deployer.plan(text).plan.documents() == []
    assert deployer.plan(text, environment="prod").plan.documents() == []
    deployer.down(text, environment="prod")
    assert dump(moto_aws) == before
