"""The shows of the sample's second and third partners, in London and in Nashville."""

from mock_server.worlds.sample_show import Show

INDIE, PLAYS, STAND_UP = "Indie & Alternative", "Plays & Musicals", "Stand-up"
BETA_TASTES = {INDIE: 45, PLAYS: 35, STAND_UP: 20}
"""Each taste's share of the second partner's customers, in percent."""

COUNTRY, ARENA, KIDS = "Country & Folk", "Hockey & Basketball", "Kids & Family"
FD_TASTES = {COUNTRY: 50, ARENA: 30, KIDS: 20}
"""Each taste's share of the third partner's customers, in percent."""

# One row per show, as in sample_acme.py.
# fmt: off

TWELFTH_NIGHT = tuple(
    Show(event_id, f"Twelfth Night ({night})", "Stratford-upon-Avon", "Swan Theatre", PLAYS, day, 18.5, -40,
         orders, (2300, 3600), capacity=426, stop=day - 1, series="twelfth-night")
    for event_id, night, day, orders in (
        ("evt_st1a7v", "preview", 33, 14),
        ("evt_st2b8w", "press night", 34, 12),
        ("evt_st3c9x", "third night", 35, 10),
        ("evt_st4d0y", "fourth night", 36, 10),
        ("evt_st5e1z", "last night", 37, 14),
    )
)

BETA_SHOWS = (
    Show("evt_lo3b9s", "Brixton All Nighter", "London", "O2 Academy Brixton", INDIE, -33, 19, -120,
         280, (2450, 3200), capacity=4921, status="archived", campaign="CLOSED", stop=-34, benchmark=(0.64, 0.64)),
    Show("evt_lo7d2m", "The Winter's Tale", "London", "The Old Vic", PLAYS, 5, 19.5, -90,
         340, (1900, 4200, 6500), capacity=1000, share=0.81, stop=4, benchmark=(0.81, 0.7), frontend="FLAGGED",
         client_campaign="RUNNING"),
    Show("evt_ma1k6x", "Canal Street Sessions", "Manchester", "Albert Hall", INDIE, 28, 19, -60,
         400, (2600, 3450), capacity=1800, share=0.63, benchmark=(0.5, 0.62), model="META"),
    Show("evt_gl5p0w", "Laughing Stock", "Glasgow", "The Stand", STAND_UP, 61, 20, -25,
         80, (1400, 1900), capacity=210, model="EXTERNAL", client_campaign="PAUSED", series="laughing-stock"),
    Show("evt_br8q4z", "Harbour Lights", "Bristol", "Hippodrome", PLAYS, 118, 18.5, 6,
         400, (2100, 3950), hall="Main Stage", capacity=1951, campaign="OPEN"),
    Show("evt_mk2u8t", "Laughing Stock", "Milton Keynes", "The Stables", STAND_UP, 63, 20, -3,
         1, (1400,), capacity=398, ad_category="NONE", campaign="IGNORED", optimisation="OFF", off_sale=-1,
         series="laughing-stock"),
    Show("evt_ld6c0x", "Northern Soul Weekender", "Leeds", "Beckett Hall", INDIE, 40, 19, -45,
         30, (2100, 2800), capacity=2300, status="cancelled", frontend="CANCELLED", campaign="CLOSED", stop=-8,
         off_sale=-8, optimisation="OFF"),
    Show("evt_zu4n1d", "Harbour Lights on Tour", "Zürich", "Volkshaus", PLAYS, 118, 18.5, 90,
         0, (3900,), capacity=1200, frontend="HIDDEN", campaign="OPEN"),
    *TWELFTH_NIGHT,
)

PAPER_BOAT = tuple(
    Show(event_id, "The Paper Boat", city, venue, KIDS, day, 19, on_sale,
         orders, (1850, 2600), capacity=capacity, series="paper-boat")
    for event_id, city, venue, day, on_sale, orders, capacity in (
        ("evt_at4h8g", "Atlanta", "Fox Theatre", 96, -5, 180, 4665),
        ("evt_ch3w6m", "Chattanooga", "Tivoli Theatre", 99, -5, 20, 1762),
        ("evt_wi8s2a", "Winston-Salem", "Stevens Center", 103, -4, 20, 1364),
        ("evt_no1l4f", "New Orleans", "Saenger Theatre", 110, -4, 20, 2600),
    )
)

FD_SHOWS = (
    Show("evt_na2r7c", "Broadway Honky-Tonk", "Nashville", "Ryman Auditorium", COUNTRY, -18, 1, -110,
         230, (4500, 7250), capacity=2362, status="archived", campaign="CLOSED", stop=-19, benchmark=(0.7, 0.7)),
    Show("evt_na6t1v", "Smoky Mountain Revue", "Nashville", "Grand Ole Opry House", COUNTRY, 21, 1, -70,
         330, (5500, 8950), capacity=4372, share=0.76, stop=20, benchmark=(0.76, 0.6), frontend="FLAGGED",
         client_campaign="RUNNING", series="smoky-mountain"),
    Show("evt_me9y5j", "Grizzlies Charity Game", "Memphis", "FedExForum", ARENA, 54, 0.5, -35,
         260, (3500, 6000, 9500), capacity=17794, benchmark=(0.41, 0.5), model="META", client_campaign="PAUSED"),
    Show("evt_kn5b2e", "Smoky Mountain Revue", "Knoxville", "Tennessee Theatre", COUNTRY, 23, 1, -3,
         1, (5500,), capacity=1645, ad_category="NONE", campaign="IGNORED", optimisation="OFF", off_sale=-1,
         series="smoky-mountain"),
    Show("evt_bi7g3w", "Magic City Hockey Night", "Birmingham", "Legacy Arena", ARENA, 30, 0.5, -40,
         30, (2500, 4000), capacity=17654, status="cancelled", frontend="CANCELLED", campaign="CLOSED", stop=-6,
         off_sale=-6, optimisation="OFF"),
    *PAPER_BOAT,
    Show("evt_li9n5d", "The Paper Boat", "Lindström", "Chisago Lakes Auditorium", KIDS, 110, 19, 90,
         0, (1850, 2600), capacity=700, frontend="HIDDEN", campaign="OPEN", series="paper-boat"),
)

# fmt: on
