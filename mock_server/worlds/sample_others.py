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

BETA_SHOWS = (
    Show("evt_lo3b9s", "Brixton All Nighter", "London", "O2 Academy Brixton", INDIE, -33, 19, -120,
         280, (2450, 3200), capacity=4921, campaign="CLOSED", stop=-34),
    Show("evt_lo7d2m", "The Winter's Tale", "London", "The Old Vic", PLAYS, 5, 19.5, -90,
         340, (1900, 4200, 6500), capacity=1000, share=0.81, stop=4),
    Show("evt_ma1k6x", "Canal Street Sessions", "Manchester", "Albert Hall", INDIE, 28, 19, -60,
         400, (2600, 3450), capacity=1800, share=0.63, model="META"),
    Show("evt_gl5p0w", "Laughing Stock", "Glasgow", "The Stand", STAND_UP, 61, 20, -25,
         80, (1400, 1900), capacity=210, model="EXTERNAL"),
    Show("evt_br8q4z", "Harbour Lights", "Bristol", "Hippodrome", PLAYS, 118, 18.5, 6,
         400, (2100, 3950), hall="Main Stage", capacity=1951),
)

FD_SHOWS = (
    Show("evt_na2r7c", "Broadway Honky-Tonk", "Nashville", "Ryman Auditorium", COUNTRY, -18, 1, -110,
         230, (4500, 7250), capacity=2362, campaign="CLOSED", stop=-19),
    Show("evt_na6t1v", "Smoky Mountain Revue", "Nashville", "Grand Ole Opry House", COUNTRY, 21, 1, -70,
         330, (5500, 8950), capacity=4372, share=0.76, stop=20),
    Show("evt_me9y5j", "Grizzlies Charity Game", "Memphis", "FedExForum", ARENA, 54, 0.5, -35,
         260, (3500, 6000, 9500), capacity=17794, model="META"),
    Show("evt_at4h8g", "The Paper Boat", "Atlanta", "Fox Theatre", KIDS, 96, 19, -5,
         180, (1850, 2600), capacity=4665),
)

# fmt: on
