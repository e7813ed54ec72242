"""Defects in the choice of the partner whose data a request reads and writes."""

from mock_server.domain import errors, scoping
from mock_server.domain.errors import NotAuthorizedError, PartnerNotFoundError, Problem
from mock_server.http import auth
from mock_server.http.context import RequestContext
from mock_server.operations import events, packages, partners
from mock_server.state.store import RecordTable
from tests.defects import step_order
from tests.defects.registry import Patch, defect


def replace_scoping(patch: Patch, pick) -> None:
    """Choose the partner with `pick(right, groups, known, wanted)`."""
    patch.wrap(
        scoping, "resolve_partner", lambda right: lambda groups, known, wanted: pick(right, groups, known, wanted)
    )


def own_partners(groups, known):
    """Return the partners that the user belongs to."""
    return [group for group in groups if group in known]


def record_reads(patch: Patch) -> list[bool]:
    """Return a list that gets an entry for each request, which is true if the request is a read."""
    reading: list[bool] = []
    patch.wrap(
        auth,
        "needs_token",
        lambda right: lambda path, method: reading.append(method == "GET") or right(path, method),
    )
    return reading


# PART-01


@defect("PART-01")
def header_of_another_partner_passes(patch: Patch) -> None:
    """The header may name any existing partner."""
    replace_scoping(
        patch, lambda right, groups, known, wanted: wanted if wanted in known else right(groups, known, wanted)
    )


@defect("PART-01")
def header_is_not_looked_at(patch: Patch) -> None:
    """The header is ignored: every user acts for the first of their partners."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: (
            own_partners(groups, known)[0] if own_partners(groups, known) else right(groups, known, wanted)
        ),
    )


@defect("PART-01")
def wrong_header_falls_back(patch: Patch) -> None:
    """A wrong header is ignored if the user has only one partner."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: right(
            groups, known, None if len(own_partners(groups, known)) == 1 else wanted
        ),
    )


@defect("PART-01", part="PART-01.empty")
def empty_header_counts_as_none(patch: Patch) -> None:
    """An empty header is treated as if it were not sent."""
    replace_scoping(patch, lambda right, groups, known, wanted: right(groups, known, wanted or None))


@defect("PART-01")
def header_of_any_case(patch: Patch) -> None:
    """The header is compared without regard to case."""
    replace_scoping(patch, lambda right, groups, known, wanted: right(groups, known, wanted and wanted.lower()))


@defect("PART-01")
def header_is_a_list(patch: Patch) -> None:
    """If the header contains a list of partners, the first one is used."""
    replace_scoping(
        patch, lambda right, groups, known, wanted: right(groups, known, wanted and wanted.partition(",")[0])
    )


@defect("PART-01")
def header_by_its_beginning(patch: Patch) -> None:
    """A partner is found by the first characters of its id."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: (
            next((one for one in own_partners(groups, known) if wanted and one.startswith(wanted)), wanted)
            if own_partners(groups, known)
            and wanted
            and any(one.startswith(wanted) for one in own_partners(groups, known))
            else right(groups, known, wanted)
        ),
    )


@defect("PART-01", "ERR-03")
def wrong_header_is_404(patch: Patch) -> None:
    """If the header names a partner that the user does not belong to, the status is 404 instead of 403."""
    patch.replace(
        scoping, "_scope_error", lambda reason: PartnerNotFoundError(Problem("scope", scoping.PARTNER_HEADER, reason))
    )


@defect("PART-01")
def wrong_header_is_account_disabled(patch: Patch) -> None:
    """A wrong header returns 403 with the message key for a disabled account."""
    patch.replace(
        scoping,
        "_scope_error",
        lambda reason: errors.AccountDisabledError(Problem("scope", scoping.PARTNER_HEADER, reason)),
    )


@defect("PART-01")
def only_reads_look_at_the_header(patch: Patch) -> None:
    """The header is checked only for reads; a write with a wrong header acts for the user's own partner."""
    reading = record_reads(patch)

    def pick(original, groups, known, wanted):
        mine = own_partners(groups, known)
        return mine[0] if mine and not reading[-1] else original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-01")
def events_are_everybodys(patch: Patch) -> None:
    """The list of events contains the events of all partners."""
    _ignore_grouping(patch, "events")


@defect("PART-01")
def packages_are_everybodys(patch: Patch) -> None:
    """The list of packages contains the packages of all partners."""
    patch.wrap(packages, "list_packages", lambda right: lambda call: _call_without_grouping(right, call, "packages"))


def _ignore_grouping(patch: Patch, name: str) -> None:
    patch.wrap(
        events, "list_events", lambda right: lambda call, *rest: _call_without_grouping(right, call, name, *rest)
    )


def _call_without_grouping(original, call, name, *arguments):
    original_group = RecordTable.group
    table = getattr(call.store, name)
    RecordTable.group = lambda self, key, value: (
        list(self) if self is table and key == "partner" else original_group(self, key, value)
    )
    try:
        return original(call, *arguments)
    finally:
        RecordTable.group = original_group


@defect("PART-01")
def defaults_are_written_for_the_first_partner(patch: Patch) -> None:
    """New defaults are always stored for the first partner."""
    patch.wrap(
        partners, "PartnerDefaults", lambda right: lambda partner_id, settings: right("partner-id-acme", settings)
    )


@defect("PART-01", "PART-05")
def default_model_is_set_for_all(patch: Patch) -> None:
    """A new default model is set for every partner, as by an UPDATE without WHERE."""
    from dataclasses import replace

    def put(call, model):
        for partner in list(call.store.partners):
            call.store.partners.put(replace(partner, attribution_model_default=model), call.cause)

    patch.replace(partners, "set_attribution_model_default", put)


@defect("PART-01")
def admin_reads_nobodys_data(patch: Patch) -> None:
    """The group `fd-admin` gives no access to any partner."""
    patch.replace(scoping, "ADMIN_GROUP", "admin")


@defect("PART-01")
def admin_reads_the_first_partner_only(patch: Patch) -> None:
    """An admin always sees the first partner, whatever the header says."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: (
            right(groups, known, wanted and "partner-id-acme")
            if scoping.ADMIN_GROUP in groups and wanted in known
            else right(groups, known, wanted)
        ),
    )


@defect("PART-01")
def admin_needs_no_header(patch: Patch) -> None:
    """An admin who sends no header sees the first partner's data instead of an error."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: right(
            groups, known, "partner-id-acme" if scoping.ADMIN_GROUP in groups and wanted is None else wanted
        ),
    )


@defect("PART-01")
def header_twice_takes_the_first(patch: Patch) -> None:
    """If the header is sent twice, the first one is used."""

    def forget_second_header(context: RequestContext) -> None:
        context.repeated_headers -= {auth.PARTNER_HEADER}

    step_order.insert(patch, forget_second_header, before=auth.scope_to_partner)


@defect("PART-01")
def header_twice_passes_on_reads(patch: Patch) -> None:
    """Two partner headers are accepted if they are equal."""
    patch.replace(auth, "InvalidRequestError", NotAuthorizedError)


# PART-02


@defect("PART-02")
def several_partners_without_header_see_the_first(patch: Patch) -> None:
    """A user with several partners who sends no header sees the first partner's data."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: right(
            groups, known, own_partners(groups, known)[0] if wanted is None and own_partners(groups, known) else wanted
        ),
    )


@defect("PART-02")
def several_partners_without_header_are_400(patch: Patch) -> None:
    """If a user with several partners sends no header, the response is 400 instead of 403."""

    def pick(original, groups, known, wanted):
        if wanted is None and len(own_partners(groups, known)) > 1:
            raise errors.InvalidRequestError(Problem("required", scoping.PARTNER_HEADER, "is required"))
        return original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-02")
def only_writes_need_the_header(patch: Patch) -> None:
    """A user with several partners may read without the header, and then sees the last partner's data."""
    reading = record_reads(patch)

    def pick(original, groups, known, wanted):
        mine = own_partners(groups, known)
        return mine[-1] if mine and wanted is None and reading[-1] else original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-02")
def only_reads_need_the_header(patch: Patch) -> None:
    """A user with several partners may write without the header, and then writes for the first partner."""
    reading = record_reads(patch)

    def pick(original, groups, known, wanted):
        mine = own_partners(groups, known)
        return mine[0] if mine and wanted is None and not reading[-1] else original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-02")
def everybody_needs_the_header(patch: Patch) -> None:
    """A user with one partner must send the header too."""

    def pick(original, groups, known, wanted):
        if wanted is None:
            raise NotAuthorizedError
        return original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-02")
def every_write_needs_the_header(patch: Patch) -> None:
    """A user with one partner must send the header for writes, but not for reads."""
    reading = record_reads(patch)

    def pick(original, groups, known, wanted):
        if wanted is None and not reading[-1]:
            raise NotAuthorizedError
        return original(groups, known, wanted)

    replace_scoping(patch, pick)
