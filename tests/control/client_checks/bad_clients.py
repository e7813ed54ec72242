"""Clients that each make one mistake in the sample world, with random details."""

from collections.abc import Callable
from typing import Any, TypeAlias

from mock_server import app
from mock_server.settings import Settings
from mock_server.worlds.randomness import Chance
from tests.builders import ACME, BETA, START_TIME
from tests.mock_harness import Client

EVENT_IDS = ("evt_k3m9xa", "evt_p7q2rw", "evt_z81fhd", "evt_u5t0bn", "10421", "evt_c4v8yl", "evt_r1n2ow", "evt_abc123")
AGENCY = "agency@acme.example"
PACKAGE_PATH = "/package_builder/packages/pkg_555"
EVALUATION_MODELS = ("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")
BadClient: TypeAlias = Callable[[Client, Chance], None]


def a_sample_client() -> Client:
    """Return a client that has not signed in. A build takes 12 minutes, and an evaluation takes 2 minutes."""
    settings = Settings(now=START_TIME, clock_mode="frozen", timing="faithful")
    return Client(app.create_workspace(settings), settings)


def advance(client: Client, **span: int) -> None:
    client.control("POST", "/clock/advance", json=span)


def browse(client: Client, chance: Chance, at_least: int = 2) -> None:
    """Send requests that lead to no finding of the client checks."""
    for eid in chance.sample(EVENT_IDS, chance.randint(at_least, 5)):
        path = chance.choice(["/events/{}", "/events/{}/series", "/daily_revenue_summary/?event_id={}"])
        assert client.send("GET", path.format(eid)).status_code == 200
        advance(client, seconds=chance.randint(0, 9))


def random_settings(chance: Chance) -> dict[str, Any]:
    return {
        "backhaul_evaluation_attribution_window": chance.randint(1, 29),
        "backhaul_evaluation_model": chance.choice(EVALUATION_MODELS),
    }


def polls_a_package(client: Client, chance: Chance) -> None:
    order = {
        "num_packages": chance.randint(1, 3),
        "n_top_events": 1,
        "event_ids": chance.sample(EVENT_IDS, 2),
        "package_title": "Autumn",
        "targeting_mode": "lookalike",
    }
    made = client.send("POST", "/package_builder/packages", json=order).json()
    for _ in range(chance.randint(3, 8)):
        assert client.send("GET", f"/package_builder/packages/{made['id']}").json()["status"] != "DONE"
        advance(client, seconds=chance.randint(0, 4))


def polls_an_evaluation(client: Client, chance: Chance) -> None:
    client.send("PUT", f"{PACKAGE_PATH}/backhaul_evaluation_details", json=random_settings(chance))
    pause = chance.randint(0, 9)
    for _ in range(chance.randint(4, 9)):
        client.send("GET", f"{PACKAGE_PATH}/backhaul_evaluation")
        advance(client, seconds=pause)


def signs_in_on_each_call(client: Client, chance: Chance) -> None:
    for eid in chance.sample(EVENT_IDS, chance.randint(3, 6)):
        client.headers = {}
        client.sign_in()
        client.send("GET", f"/events/{eid}")
        advance(client, minutes=chance.randint(0, 50))


def refreshes_on_401_only(client: Client, chance: Chance) -> None:
    credentials = {"username": "partner@acme.example", "password": "wavetank"}
    refresh = client.send("POST", "/auth", json=credentials).json()["RefreshToken"]
    for _ in range(chance.randint(2, 4)):
        advance(client, hours=1, seconds=chance.randint(0, 3000))
        path = f"/events/{chance.choice(EVENT_IDS)}"
        assert client.send("GET", path).status_code == 401
        client.headers = {}
        tokens = client.send("POST", "/auth/refresh_token", json={"token": refresh}).json()
        client.headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
        assert client.send("GET", path).status_code == 200


def names_another_partner(client: Client, chance: Chance) -> None:
    other = chance.choice([BETA, "fd1042", "partner-id-nobody"])
    for eid in chance.sample(EVENT_IDS, chance.randint(1, 4)):
        assert client.send("GET", f"/campaign_results/?eid={eid}&partner_id={other}").status_code == 403


def saves_unchanged_settings(client: Client, chance: Chance) -> None:
    unchanged_settings = random_settings(chance)
    for _ in range(chance.randint(2, 5)):
        assert (
            client.send("PUT", f"{PACKAGE_PATH}/backhaul_evaluation_details", json=unchanged_settings).status_code
            == 200
        )
        advance(client, hours=0, minutes=chance.randint(0, 5))


def posts_rows_by_machine(client: Client, chance: Chance) -> None:
    pause = chance.choice([0, 0, 1, 30, 600])
    for _ in range(chance.randint(5, 9)):
        row = f"eid={chance.choice(EVENT_IDS)}&partner_id={ACME}&purchase={chance.randint(1, 9)}&revenue=10.5"
        assert client.send("POST", f"/campaign_results/?{row}").status_code == 201
        advance(client, seconds=pause)


def expects_defaults_to_reach_old_packages(client: Client, chance: Chance) -> None:
    client.send("POST", f"/partners/{ACME}/backhaul_attribution_details", json=random_settings(chance))
    for _ in range(chance.randint(3, 6)):
        client.send("GET", f"{PACKAGE_PATH}/backhaul_evaluation_details")
        advance(client, seconds=chance.randint(0, 60))


def retries_what_was_refused(client: Client, chance: Chance) -> None:
    method, path, status = chance.choice(
        [
            ("GET", "/events/evt_nobody", 404),
            ("GET", f"/events/?limit={chance.randint(501, 900)}", 400),
            ("POST", f"/campaign_results/?eid=evt_nobody&partner_id={ACME}&purchase=1&revenue=1", 404),
            ("DELETE", "/campaign_results/?id=cr_nobody", 404),
        ]
    )
    for _ in range(chance.randint(2, 5)):
        assert client.send(method, path).status_code == status
        advance(client, seconds=chance.randint(0, 30))


def retries_without_a_pause(client: Client, chance: Chance) -> None:
    fault = {"match": {"operation": "getEvent"}, "effect": {"status": chance.choice([429, 500, 503])}}
    assert client.control("POST", "/faults", json=fault).status_code == 201
    path = f"/events/{chance.choice(EVENT_IDS)}"
    for _ in range(chance.randint(3, 20)):
        assert client.send("GET", path).status_code in (429, 500, 503)
    client.control("DELETE", "/faults")


def sends_no_partner_header(client: Client, chance: Chance) -> None:
    saved_headers, client.headers = client.headers, {}
    client.sign_in(AGENCY)
    for eid in chance.sample(EVENT_IDS, chance.randint(1, 4)):
        assert client.send("GET", f"/events/{eid}").status_code == 403
    client.headers = saved_headers


def sends_arrays_in_brackets(client: Client, chance: Chance) -> None:
    for number in range(chance.randint(1, 4)):
        key = chance.choice(["city[]", "city[0]", "frontend_status%5B%5D"])
        assert client.send("GET", f"/events/?{key}=x&page={number + 1}").status_code == 400


BAD_CLIENTS: dict[str, BadClient] = {
    "polls-package-too-fast": polls_a_package,
    "polls-evaluation-without-back-off": polls_an_evaluation,
    "signs-in-on-each-call": signs_in_on_each_call,
    "refreshes-on-401-only": refreshes_on_401_only,
    "names-another-partner": names_another_partner,
    "saves-unchanged-settings": saves_unchanged_settings,
    "posts-rows-by-machine": posts_rows_by_machine,
    "expects-defaults-to-reach-old-packages": expects_defaults_to_reach_old_packages,
    "retries-what-was-refused": retries_what_was_refused,
    "retries-without-a-pause": retries_without_a_pause,
    "sends-no-partner-header": sends_no_partner_header,
    "sends-arrays-in-brackets": sends_arrays_in_brackets,
}
"""For each finding of the client checks, a client that leads to it."""
