"""The files of a CSV world and their columns. The reader, the writer and docs/worlds.md are derived from them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mock_server.domain.models import (
    AttributionModel,
    CampaignStatus,
    ClientCampaignStatus,
    Credit,
    FrontendStatus,
    OptimisationStatus,
    SpecialAdCategory,
)
from mock_server.worlds.csv_cells import (
    BOOLEAN,
    COUNT,
    CURRENCY,
    EVENT_ID,
    MONEY,
    PARTNER_ID,
    POSITIVE_COUNT,
    PREDICTION,
    SHARE,
    STATUS_WORD,
    TEXT,
    TIMESTAMP,
    WORDS,
    CellType,
    choice_type,
)
from mock_server.worlds.world import World

MODEL, CREDIT = choice_type(AttributionModel), choice_type(Credit)
OPTIMISATION = choice_type(OptimisationStatus)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, named like the record's field. If it is not required, it may be omitted, or its cells may be empty."""

    name: str
    cell_type: CellType
    description: str
    required: bool = True
    default: object = None


@dataclass(frozen=True, slots=True)
class CsvSchema:
    """A file.

    `row_name` is the noun for a row, `key` is the column with unique values, and `records` returns the rows.
    """

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
        Column("id", PARTNER_ID, "The partner's id, which is also the group of its users."),
        Column("name", TEXT, "Its name."),
        Column("domain", TEXT, "The domain of its shop."),
        Column("currency", CURRENCY, "The currency of all its amounts."),
        Column("vertical", TEXT, "Its industry."),
        Column("demand_prediction", BOOLEAN, "Whether it has demand predictions."),
        Column("campaign_recommendations", BOOLEAN, "Whether it has campaign recommendations."),
        Column("status", STATUS_WORD, "Whether it is a customer of the platform."),
        Column("pricing_tier", TEXT, "Its pricing tier."),
        Column("campaign_pricing_model", TEXT, "How it pays for campaigns."),
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
        Column("username", TEXT, "The name that the user signs in with."),
        Column("password", TEXT, "The password in plain text. Do not use a real one."),
        Column("email", TEXT, "The address in the user's tokens."),
        Column("sub", TEXT, "The user's id in tokens. If empty, it is derived from the username.", required=False),
        Column(
            "groups",
            WORDS,
            "Partner ids, and any of `fd-admin`, `back-office-admin`, `account-disabled`, `external-user`, "
            "`webapp-access-group-<N>`.",
            required=False,
            default=(),
        ),
        Column("mfa_token", TEXT, "The code of the second factor. If empty, there is none.", required=False),
        Column(
            "must_change_password",
            BOOLEAN,
            "Whether the user must set a new password when signing in. If empty, no.",
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
        Column("id", EVENT_ID, "The event's id, unique among all partners."),
        Column("partner_id", TEXT, "The event's partner: an id in `partners.csv`."),
        Column("title", TEXT, "Its title."),
        Column("start_date_time", TIMESTAMP, "When it starts."),
        Column("city", TEXT, "The city."),
        Column("venue_name", TEXT, "The venue."),
        Column("hall_name", TEXT, "The hall in the venue.", required=False),
        Column("capacity", COUNT, "The number of places.", required=False),
        Column("category", TEXT, "The kind of event."),
        Column(
            "special_ad_category",
            choice_type(SpecialAdCategory),
            "The special category of its ads, if it is known.",
            required=False,
        ),
        Column(
            "predicted_sales_share", SHARE, "The fraction of the capacity that is expected to sell.", required=False
        ),
        Column("status", STATUS_WORD, "Documented are `active`, `archived` and `cancelled`."),
        Column(
            "frontend_status",
            choice_type(FrontendStatus),
            "How users have marked it. If empty, `DEFAULT`. Without the quirk `cancelled_frontend_status`, `CANCELLED` "
            "is shown as `DEFAULT`.",
            required=False,
            default="DEFAULT",
        ),
        Column(
            "campaign_status",
            choice_type(CampaignStatus),
            "Its campaigns. They are active while this is `RUNNING`, until `campaign_stop_time`.",
        ),
        Column(
            "client_campaign_status",
            choice_type(ClientCampaignStatus),
            "The partner's own campaigns. Empty if there are none.",
            required=False,
        ),
        Column("campaign_optimisation_status", OPTIMISATION, "Whether campaigns are optimised."),
        Column("ad_campaign_optimisation_status", OPTIMISATION, "Whether ad campaigns are optimised."),
        Column("campaign_stop_time", TIMESTAMP, "When its campaigns stop.", required=False),
        Column(
            "benchmark", PREDICTION, "The predicted value, and the benchmark that it is compared with.", required=False
        ),
        Column("series", TEXT, "The name of its series. All events of a series belong to one partner.", required=False),
        Column("attribution_model", MODEL, "The model that credits its sales."),
    ),
    lambda world: world.events.values(),
)

CUSTOMERS = CsvSchema(
    "customers.csv",
    "customer",
    "id",
    (
        Column("id", TEXT, "The customer's id, unique among all partners."),
        Column("partner_id", TEXT, "The customer's partner: an id in `partners.csv`."),
        Column("cluster", TEXT, "The customer's taste. The clusters of a package group buyers by taste."),
    ),
    lambda world: world.customers.values(),
)

PURCHASES = CsvSchema(
    "purchases.csv",
    "purchase",
    None,
    (
        Column("customer_id", TEXT, "The buyer: an id in `customers.csv`."),
        Column("event_id", TEXT, "The event: an id in `events.csv`, of the same partner."),
        Column(
            "at",
            TIMESTAMP,
            "When it was made. The time may be in the future; the platform learns of the purchase at that time.",
        ),
        Column("tickets", POSITIVE_COUNT, "The number of tickets in the order."),
        Column("revenue", MONEY, "The revenue of the order, in the partner's currency."),
        Column("fd", CREDIT, "The source that model `FD` credits with the purchase."),
        Column("meta", CREDIT, "The source that model `META` credits with the purchase."),
        Column("external", CREDIT, "The source that model `EXTERNAL` credits with the purchase."),
    ),
    lambda world: world.purchases,
)

CSV_SCHEMAS = (PARTNERS, USERS, EVENTS, CUSTOMERS, PURCHASES)


def format_columns_markdown() -> str:
    """Return a Markdown table of the columns of each file, for docs/worlds.md."""
    return "\n".join(_format_table(schema) for schema in CSV_SCHEMAS)


def _format_table(schema: CsvSchema) -> str:
    rows = "".join(_format_row(column) for column in schema.columns)
    head = "| column | value | may be empty | meaning |\n| --- | --- | --- | --- |\n"
    return f"### `{schema.file}`\n\nOne row for each {schema.row_name}.\n\n{head}{rows}"


def _format_row(column: Column) -> str:
    may_be_empty = "" if column.required else "yes"
    return f"| `{column.name}` | {column.cell_type.description} | {may_be_empty} | {column.description} |\n"
