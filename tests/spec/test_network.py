"""`network.create`: what it takes, and what every wrong value is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.errors import SpecError
from fargatectl.spec.load import load
from fargatectl.spec.models import OwnNetwork, Spec


def loaded(folder: Path, network: str, service: str = "image: nginx", rest: str = "") -> Spec:
    path = folder / "fargate.yml"
    path.write_text(f"app: shop\nnetwork: {network}\n{rest}services:\n  web: {{{service}}}\n")
    return load(path, environment=None, environ={}).spec


@pytest.mark.parametrize("written", ["true", "yes", "{}"])
def test_a_word_is_enough(tmp_path: Path, written: str) -> None:
    assert loaded(tmp_path, f"{{create: {written}}}").network.create == OwnNetwork()


@pytest.mark.parametrize("written", ["false", "no", ""])
def test_none_is_none(tmp_path: Path, written: str) -> None:
    assert loaded(tmp_path, f"{{create: {written}}}").network.create is None


@pytest.mark.parametrize(
    ("create", "said"),
    [
        ("maybe", "network.create: must be true or false, not 'maybe'"),
        ("{zones: 1}", "network.create.zones: must be a whole number from 2 to 3, not 1"),
        ("{zones: 4}", "network.create.zones: must be a whole number from 2 to 3, not 4"),
        ("{cidr: 10.0.0.0}", "10.0.0.0 is not valid: write private IPv4 addresses of /16 to /24"),
        ("{cidr: 10.0.0.0/8}", "'10.0.0.0/8' is not valid"),
        ("{cidr: 10.0.0.0/25}", "'10.0.0.0/25' is not valid"),
        ("{cidr: 10.0.0.1/16}", "'10.0.0.1/16' is not valid"),
        ("{cidr: 8.8.0.0/16}", "'8.8.0.0/16' is not valid"),
        ("{cidr: '2001:db8::/56'}", "is not valid: write private IPv4 addresses"),
        ("{private: true}", "network.create.private: must be nat or nat-per-zone or endpoints, not 'true'"),
        ("{ipv6: 6}", "network.create.ipv6: must be true or false, not 6"),
        ("{zone: 2}", "network.create.zone: unknown key: did you mean zones?"),
    ],
)
def test_a_wrong_value_is_told(tmp_path: Path, create: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, f"{{create: {create}}}")
    assert "fargate.yml:2: network.create" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ("vpc: vpc-0a1b2c3d", "cannot stand beside vpc"),
        ("subnets: [subnet-0a1b2c3d]", "cannot stand beside subnets"),
        ("security_groups: [sg-0a1b2c3d]", "cannot stand beside security_groups"),
        ("vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d]", "cannot stand beside vpc and subnets"),
    ],
)
def test_nothing_of_another_network_stands_beside_it(tmp_path: Path, beside: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, f"{{{beside}, create: true}}")
    assert f"network.create: {said}" in caught.value.message


def test_nor_subnets_of_another_network_for_its_load_balancer(tmp_path: Path) -> None:
    rest = "load_balancer: {subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]}\n"
    service = "image: nginx, port: 80, load_balancer: true"
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, "{create: true}", service, rest)
    assert "fargate.yml:3: load_balancer.subnets: cannot stand beside network.create" in caught.value.message


def test_private_tasks_have_no_public_addresses(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, "{create: {private: nat}}", "image: nginx, public_ip: true")
    assert "services.web.public_ip: cannot be true in private subnets" in caught.value.message


def test_without_a_way_to_the_internet_images_come_from_ecr(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, "{create: {private: endpoints}}", "image: nginx")
    assert "services.web.image: cannot be pulled without a way to the internet" in caught.value.message
    ours = "image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1"
    assert loaded(tmp_path, "{create: {private: endpoints}}", ours).network.is_private
