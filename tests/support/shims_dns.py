"""Where moto's Route 53 and ACM keep less than AWS does; see `shims`.

- ChangeResourceRecordSets: moto takes a CREATE of what is there, and refuses one of what was there once and
  is not any more, if a record of a later name is there; and a DELETE of what is not there fails
  with another code than AWS's, after a part of the batch was done.
- ChangeResourceRecordSets: moto's name servers know all at once. AWS says PENDING, and GetChange when that
  is over.
- Certificates are issued at the first look: nobody has to wait.
"""

from __future__ import annotations

from typing import Any


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto import settings
    from moto.route53.exceptions import Route53ClientError
    from moto.route53.models import Route53Backend

    monkeypatch.setattr(settings, "ACM_VALIDATION_WAIT", -1)
    change = Route53Backend.change_resource_record_sets

    def change_sets(self: Any, zoneid: str, change_list: list[dict[str, Any]]) -> Any:
        there = {(_plain(one.name), one.type) for one in self.get_hosted_zone(zoneid).rrsets}
        for one in change_list:
            record = one["ResourceRecordSet"]
            key, action = (_plain(record["Name"]), record["Type"]), one["Action"]
            what = f"resource record set [name='{key[0]}.', type='{key[1]}']"
            if action == "CREATE" and key in there:
                raise Route53ClientError(
                    "InvalidChangeBatch", f"[Tried to create {what} but it already exists]"
                )
            if action == "DELETE" and key not in there:
                raise Route53ClientError(
                    "InvalidChangeBatch", f"[Tried to delete {what} but it was not found]"
                )
        renamed = [
            {**one, "Action": "UPSERT"} if one["Action"] == "CREATE" else one for one in change_list
        ]  # it was seen that there is none
        return change(self, zoneid, renamed)

    from moto.route53.responses import Route53

    answer = Route53.change_resource_record_sets

    def change_and_tell(self: Any) -> Any:
        found = answer(self)
        found.result["ChangeInfo"]["Status"] = "PENDING"
        return found

    monkeypatch.setattr(Route53, "change_resource_record_sets", change_and_tell)
    monkeypatch.setattr(Route53Backend, "change_resource_record_sets", change_sets)


def _plain(name: str) -> str:
    return name.lower().rstrip(".").replace("*", "\\052")
