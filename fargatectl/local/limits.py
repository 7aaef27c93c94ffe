"""What the local AWS lacks, in words for its user: said, not faked."""

from __future__ import annotations

LIMITS: tuple[tuple[str, str], ...] = (
    ("state", "in memory only: it is gone when the local AWS stops"),
    (
        "IAM",
        "policies are stored, not enforced, and any credentials are accepted, unless it is started with "
        "FARGATECTL_LOCAL_AUTH=true",
    ),
    ("security groups", "rules are stored, not enforced; a port mapped by the task is open on this machine"),
    (
        "public addresses",
        "a task's public IP is a loopback address (127.x.y.z): only this machine reaches it",
    ),
    ("private addresses", "answer from this machine on Linux only; load balancers need them"),
    ("calls from containers", "a container cannot reach the local AWS: it listens on loopback only"),
    ("task metadata", "no metadata or credentials address inside a container"),
    ("platform", "an image for another CPU type needs emulation on this machine; Fargate would refuse it"),
    ("CPU", "each container may use the whole task's CPU; more than this machine has is cut to what it has"),
    ("log routers", "FireLens sends nothing: what a container with awsfirelens prints is not kept"),
    (
        "names between services",
        "Service Connect runs no proxy, and Cloud Map's namespaces have no DNS: the names do not resolve",
    ),
    (
        "service deployments",
        "no alarms are watched, no Lambda hooks called; history until the service is deleted. "
        "FARGATECTL_LOCAL_MINUTE=1 makes a minute of bake time a second",
    ),
    (
        "rollout",
        "without a load balancer, steady three seconds after RUNNING or HEALTHY, where Fargate waits 40 s",
    ),
    ("stopTimeout", "5 seconds where it is not set, at most 30"),
    ("service events", "few are written"),
    (
        "load balancers",
        "listen at a loopback address of their own, which is their DNSName. Where this user may not listen "
        "below port 1024, such a port is 8000 higher. No authentication actions or transforms; "
        "a connection to the target for each request",
    ),
    (
        "certificates",
        "those that ACM issues are self-signed: a client has to accept them (curl --insecure)",
    ),
    (
        "autoscaling",
        "nothing scales by itself: policies and scheduled actions are kept and never carried out. "
        "RegisterScalableTarget sets the count to within its limits",
    ),
    ("ECS Exec", "ExecuteCommand gives a session that does not answer"),
    ("schedules", "EventBridge and Scheduler never start a task"),
    (
        "EFS",
        "a named Docker volume for each folder that an access point shows, open to all users: files are "
        "those of the container's user, and / does not hold the other folders. Nothing is backed up",
    ),
    ("prices and quotas", "the Price List and Service Quotas APIs are missing"),
    ("EKS", "no Fargate profiles"),
    ("strictness", "laxer than AWS: sizes, subnets and many other parameters are not checked"),
)
