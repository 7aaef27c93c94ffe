"""What the benchmarks make of a log, and how their AWS counts: the figures can be no better than this."""

from __future__ import annotations

import pytest

from benchmarks.buckets import Bucket, Buckets, least_seconds
from benchmarks.calls import Call, longest_chain, span
from benchmarks.profile import rounds
from benchmarks.wire import asked, throttled


def calls(*times: tuple[float, float]) -> list[Call]:
    return [Call("ecs", f"Call{number}", start, end) for number, (start, end) in enumerate(times)]


@pytest.mark.parametrize(
    ("times", "chain"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 1), (0, 1), (0.5, 1.5)], 1),  # at once
        ([(0, 1), (1, 2), (2, 3)], 3),  # one after another
        ([(0, 10), (1, 2), (3, 4), (5, 6)], 3),  # a long one beside three short ones
        ([(2, 3), (0, 1), (0.5, 2.5)], 2),  # in no order
        ([(0, 2), (1, 3), (2, 4), (3, 5), (4, 6)], 3),  # each overlaps the next
    ],
)
def test_the_longest_chain_is_of_calls_that_do_not_overlap(
    times: list[tuple[float, float]], chain: int
) -> None:
    assert len(longest_chain(calls(*times))) == chain


def test_rounds_are_what_was_waited_for() -> None:
    """As many as the longest chain has calls; each call in the one after all that had ended when it began."""
    some = calls((0, 2), (1, 3), (2, 4), (2.5, 6), (4, 5), (7, 8))
    assert [[one.start for one in each] for each in rounds(some)] == [[0, 1], [2, 2.5], [4], [7]]
    assert len(longest_chain(some)) == 4


def test_the_chain_is_the_longest_of_all() -> None:
    """Against every subset of some intervals."""
    import itertools
    import random

    chance = random.Random(4)
    for _ in range(40):
        times = [(start, start + chance.randint(1, 4)) for start in chance.choices(range(12), k=8)]
        some = calls(*times)
        best = max(
            len(subset)
            for size in range(len(some) + 1)
            for subset in itertools.combinations(sorted(some, key=lambda one: one.start), size)
            if all(one.end <= other.start for one, other in itertools.pairwise(subset))
        )
        assert len(longest_chain(some)) == best


def test_the_span_is_from_the_first_beginning_to_the_last_end() -> None:
    assert span([]) == 0
    assert span(calls((3, 5), (1, 2), (2, 9))) == 8


def test_a_bucket_lets_its_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(burst=3, rate=2)
    assert [bucket.take(10) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(10.4)
    assert bucket.take(10.5)
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]  # never above its burst


def test_ecs_operations_share_a_bucket_and_ec2_ones_do_not() -> None:
    buckets = Buckets()
    registered = [buckets.take("ecs", "RegisterTaskDefinition", 0) for _ in range(15)]
    removed = [buckets.take("ecs", "DeregisterTaskDefinition", 0) for _ in range(10)]
    assert sum([*registered, *removed]) == 20
    groups = [buckets.take("ec2", "CreateSecurityGroup", 0) for _ in range(60)]
    rules = [buckets.take("ec2", "AuthorizeSecurityGroupIngress", 0) for _ in range(60)]
    assert (sum(groups), sum(rules)) == (50, 50)
    assert all(buckets.take("iam", "CreateRole", 0) for _ in range(500))


def test_the_slowest_bucket_says_how_long_it_takes() -> None:
    counts = {("ecs", "RegisterTaskDefinition"): 50, ("ecs", "CreateService"): 50, ("iam", "CreateRole"): 900}
    assert least_seconds(counts) == 30
    assert least_seconds({("ecs", "RegisterTaskDefinition"): 20}) == 0
    assert least_seconds({("ecs", "RegisterTaskDefinition"): 20, ("ecs", "DeregisterTaskDefinition"): 5}) == 5


_SIGNED = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("service", "path", "headers", "body", "operation"),
    [
        ("ecs", "/", {"x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks"}, b"{}", "ListTasks"),
        (
            "iam", "/", {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            b"Action=CreateRole&Version=2010-05-08", "CreateRole",
        ),
        ("tagging", "/service/ResourceGroupsTaggingAPI/operation/GetResources", {}, b"", "GetResources"),
        ("elasticfilesystem", "/2015-02-01/tags?MaxItems=1", {}, b"", "POST /2015-02-01/tags"),
    ],
)  # fmt: skip
def test_a_request_says_what_it_asks_for(
    service: str, path: str, headers: dict[str, str], body: bytes, operation: str
) -> None:
    signed = {"authorization": _SIGNED.format(service), **headers}
    assert asked("POST", path, signed, body) == (service, operation)


@pytest.mark.parametrize("service", ["ecs", "ecr", "ec2", "iam", "sts", "logs"])
def test_botocore_takes_the_refusal_for_throttling(service: str) -> None:
    """Parsed by AWS's own SDK and found in the table of what passes by itself."""
    import botocore.parsers
    import botocore.session

    from fargatectl.aws.errors import AwsError
    from fargatectl.aws.settling import AwsVerdicts

    model = botocore.session.get_session().get_service_model(service)
    operation = model.operation_names[0]
    status, kind, body = throttled(service, operation)
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    parsed = parser.parse(
        {"status_code": status, "headers": {"content-type": kind}, "body": body},
        model.operation_model(operation).output_shape,
    )
    error = AwsError(parsed["Error"]["Code"], parsed["Error"]["Message"], service, operation)
    assert AwsVerdicts().patience(error, frozenset()) is not None
