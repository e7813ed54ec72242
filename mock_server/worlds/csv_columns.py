"""The files of a world and their columns: the one truth of their reader, their writer and their page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mock_server.domain.models import (
    AttributionModel,
    CampaignStatus,
    Credit,
    EventStatus,
    OptimisationStatus,
    PartnerStatus,
    SpecialAdCategory,
)
from mock_server.worlds.csv_cells import (
    BOOLEAN,
    COUNT,
    CURRENCY,
    INSTANT,
    MONEY,
    NUMBER,
    PARTNER_ID,
    POSITIVE_COUNT,
    SHARE,
    TEXT,
    WORDS,
    CellType,
    choice_type,
)
from mock_server.worlds.world import World

MODEL, CREDIT = choice_type(AttributionModel), choice_type(Credit)
CAMPAIGN, OPTIMISATION = choice_type(CampaignStatus), choice_type(OptimisationStatus)


@dataclass(frozen=True, slots=True)
class Column:
    """A column bears the name of the record's field. One that is not required may be empty, or left out."""

    name: str
    cell_type: CellType
    description: str
    required: bool = True
    default: object = None


@dataclass(frozen=True, slots=True)
class CsvSchema:
    """A file: what a row of it is, its columns, the one that is unique (`key`), and a world's records of it."""

    file: str
    row_name: str
    key: str | None
    columns: tuple[Column, ...]
    records: Callable[[World], Iterable[Any]]


PARTNERS = CsvSchema(
    "partners.csv",
    "partner",
    "id",
    (
        Column("id", PARTNER_ID, "The partner's id, and the group of the users who work for it."),
        Column("name", TEXT, "Its name."),
        Column("domain", TEXT, "The domain of its shop."),
        Column("currency", CURRENCY, "The currency of all of its money."),
        Column("vertical", TEXT, "Its line of business."),
        Column("demand_prediction", BOOLEAN, "Whether it has demand predictions."),
        Column("campaign_recommendations", BOOLEAN, "Whether it has campaign recommendations."),
        Column("status", choice_type(PartnerStatus), "Whether it is a customer of the platform."),
        Column("pricing_tier", TEXT, "What it pays the platform by."),
        Column("campaign_pricing_model", TEXT, "What it pays for campaigns by."),
        Column("ner_active", BOOLEAN, "The field `ner_active` of its record."),
        Column("attribution_model_default", MODEL, "The attribution model of its new events."),
    ),
    lambda world: world.partners.values(),
)

USERS = CsvSchema(
    "users.csv",
    "user",
    "username",
    (
        Column("username", TEXT, "What the user signs in with."),
        Column("password", TEXT, "The password, as it is typed: do not put a real one here."),
        Column("email", TEXT, "The address in the user's tokens."),
        Column("sub", TEXT, "The user's id in tokens; where empty, one is made from the username.", required=False),
        Column(
            "groups",
            WORDS,
            "Partner ids, and any of `fd-admin`, `back-office-admin`, `account-disabled`, `external-user`, "
            "`webapp-access-group-<N>`.",
            required=False,
            default=(),
        ),
        Column("mfa_token", TEXT, "The code of the second factor; where empty, there is none.", required=False),
        Column(
            "must_change_password",
            BOOLEAN,
            "Whether signing in demands a new password; where empty, no.",
            required=False,
            default=False,
        ),
    ),
    lambda world: world.users.values(),
)

EVENTS = CsvSchema(
    "events.csv",
    "event",
    "id",
    (
        Column("id", TEXT, "The event's id, unique over all partners."),
        Column("partner_id", TEXT, "Whose event it is: an id of `partners.csv`."),
        Column("title", TEXT, "Its title."),
        Column("start_date_time", INSTANT, "When it starts; it is `RUNNING` for the 24 hours from then."),
        Column("city", TEXT, "The city."),
        Column("venue_name", TEXT, "The venue."),
        Column("hall_name", TEXT, "The hall in the venue.", required=False),
        Column("capacity", COUNT, "How many people it holds.", required=False),
        Column("category", TEXT, "What kind of event it is."),
        Column("special_ad_category", choice_type(SpecialAdCategory), "The special category of its ads."),
        Column("predicted_sales_share", SHARE, "The share of the capacity that is expected to sell.", required=False),
        Column("status", choice_type(EventStatus), "Whether it takes place as planned."),
        Column("campaign_status", CAMPAIGN, "Its campaigns; they are active while this is `ACTIVE`, until they stop."),
        Column("client_campaign_status", CAMPAIGN, "The partner's own campaigns."),
        Column("campaign_optimisation_status", OPTIMISATION, "Whether campaigns are optimised."),
        Column("ad_campaign_optimisation_status", OPTIMISATION, "Whether ad campaigns are optimised."),
        Column("campaign_stop_time", INSTANT, "When its campaigns stop.", required=False),
        Column("benchmark", NUMBER, "What it is measured against.", required=False),
        Column("series", TEXT, "A name that all events of its series share, of one partner.", required=False),
        Column("attribution_model", MODEL, "The model that credits its sales."),
    ),
    lambda world: world.events.values(),
)

CUSTOMERS = CsvSchema(
    "customers.csv",
    "customer",
    "id",
    (
        Column("id", TEXT, "The customer's id, unique over all partners."),
        Column("partner_id", TEXT, "Whose customer it is: an id of `partners.csv`."),
        Column("cluster", TEXT, "The customer's taste: packages group buyers by it."),
    ),
    lambda world: world.customers.values(),
)

PURCHASES = CsvSchema(
    "purchases.csv",
    "purchase",
    None,
    (
        Column("customer_id", TEXT, "Who bought: an id of `customers.csv`."),
        Column("event_id", TEXT, "For which event: an id of `events.csv`, of the same partner."),
        Column("at", INSTANT, "When; the platform knows it from then on, so it may lie in the future."),
        Column("tickets", POSITIVE_COUNT, "How many tickets: a row is one order."),
        Column("revenue", MONEY, "What the order came to, in the partner's currency."),
        Column("fd", CREDIT, "Whom model `FD` credits with it."),
        Column("meta", CREDIT, "Whom model `META` credits with it."),
        Column("external", CREDIT, "Whom model `EXTERNAL` credits with it."),
    ),
    lambda world: world.purchases,
)

CSV_SCHEMAS = (PARTNERS, USERS, EVENTS, CUSTOMERS, PURCHASES)


def format_columns_markdown() -> str:
    """Each file's columns as tables of Markdown, for docs/worlds.md."""
    return "\n".join(_format_table(schema) for schema in CSV_SCHEMAS)


def _format_table(schema: CsvSchema) -> str:
    rows = (
        f"| `{column.name}` | {column.cell_type.description} | {'' if column.required else 'yes'} | {column.description} |\n"
        for column in schema.columns
    )
    head = "| column | a cell is | may be empty | meaning |\n| --- | --- | --- | --- |\n"
    return f"### `{schema.file}`\n\nOne row for each {schema.row_name}.\n\n{head}{''.join(rows)}"
