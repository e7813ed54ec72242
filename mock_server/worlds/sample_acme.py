"""The shows of the sample's first partner, a promoter in Munich."""

from mock_server.worlds.sample_show import Show

CLASSICAL, ROCK, JAZZ, FAMILY = "Klassik & Oper", "Rock & Indie", "Jazz, Soul & Funk", "Familie & Kinder"
COMEDY, STAGE = "Comedy & Kabarett", "Musical & Bühne"
SCHLAGER, ELECTRO = "Schlager & Volksmusik", "Electro & Hip-Hop"
TASTES = {CLASSICAL: 16, ROCK: 20, JAZZ: 11, FAMILY: 13, COMEDY: 12, STAGE: 10, SCHLAGER: 8, ELECTRO: 10}
"""Each taste's share of the customers, in percent."""

ARENA = (4550, 5900, 7490, 8990)
HALL = (2850, 3900, 4950)
OPERA = (2400, 4800, 7600, 11200)
MATINEE = (1290, 1890)
CLUB = (2490, 2990)

# One row per show. One argument per line would make this table five hundred lines long.
# fmt: off

PAST = (
    Show("evt_k3m9xa", "Saisoneröffnung: Mahlers Zweite", "München", "Isarphilharmonie", CLASSICAL, -88, 19, -160,
         560, OPERA, capacity=1956, status="archived", campaign="CLOSED", stop=-90, optimisation="OFF",
         benchmark=(0.71, 0.71)),
    Show("evt_p7q2rw", "Indie Night Vol. 11", "Köln", "Live Music Hall", ROCK, -64, 20, -140,
         560, CLUB, capacity=1500, status="archived", campaign="CLOSED", stop=-65, optimisation="OFF", model="META"),
    Show("evt_z81fhd", "Peter und der Wolf", "Zürich", "Tonhalle", FAMILY, -41, 14, -130,
         510, MATINEE, hall="Grosser Saal", capacity=1430, campaign="CLOSED", stop=-42, optimisation="OFF"),
    Show("evt_u5t0bn", "Kabarett im Schlachthof", "München", "Wirtshaus im Schlachthof", COMEDY, -27, 19.5, -110,
         170, CLUB, capacity=500, campaign="CLOSED", stop=-28, optimisation="OFF", model="EXTERNAL"),
    Show("10421", "Große Schlagernacht", "Stuttgart", "Porsche-Arena", SCHLAGER, -12, 18.5, -125,
         850, HALL, capacity=6211, campaign="CLOSED", stop=-12, optimisation="OFF", benchmark=(0.58, 0.64)),
    Show("evt_c4v8yl", "Jazz am Rhein", "Köln", "Stadtgarten", JAZZ, -5, 19, -95,
         165, CLUB, hall="Konzertsaal", capacity=460, campaign="CLOSED", stop=-6, optimisation="OFF", model="META"),
)

AROUND_START_DATE = (
    Show("evt_r1n2ow", "Soul Kitchen Live", "München", "Muffathalle", JAZZ, -1, 18, -100,
         480, CLUB, capacity=1250, share=0.93, campaign="CLOSED", stop=-1),
    Show("evt_m6d7ay", "Mittagskonzert: Goldberg-Variationen", "München", "Herkulessaal", CLASSICAL, 0, 12, -90,
         470, (1900, 2900), capacity=1270, share=0.64, stop=-1, benchmark=(0.6, 0.55)),
)

TOUR = (
    Show("evt_abc123", "Concert at Olympiahalle", "München", "Olympiahalle", ROCK, 45, 19, -118,
         3200, ARENA, capacity=14000, share=0.61, benchmark=(0.82, 0.75), client_campaign="RUNNING",
         ad_optimisation="ON", frontend="FLAGGED", series="on-tour"),
    Show("evt_b2h7qe", "Concert at Lanxess Arena", "Köln", "Lanxess Arena", ROCK, 47, 19, -118,
         2600, ARENA, capacity=18500, share=0.35, benchmark=(0.8, 0.75), ad_optimisation="ON", series="on-tour"),
    Show("evt_d9s4kt", "Concert at Hallenstadion", "Zürich", "Hallenstadion", ROCK, 49, 19, -111,
         2000, ARENA, capacity=13000, share=0.36, model="META", series="on-tour"),
    Show("evt_e0w3jg", "Concert at Tauron Arena", "Kraków", "Tauron Arena", ROCK, 52, 18.5, -97,
         1200, HALL, capacity=15030, share=0.24, client_campaign="RUNNING", series="on-tour"),
)

FLUTE = tuple(
    Show(event_id, f"Die Zauberflöte ({night})", "München", "Prinzregententheater", CLASSICAL, day, 18.5, -80,
         orders, OPERA, hall="Großes Haus", capacity=1081, share=share, stop=day - 1, series="zauberfloete")
    for event_id, night, day, orders, share in (
        ("evt_f3r8mu", "Premiere", 9, 420, 0.97),
        ("evt_g5x1pz", "zweiter Abend", 16, 390, 0.78),
        ("evt_h9c6vd", "dritter Abend", 23, 370, 0.71),
        ("evt_j2y4lb", "vierter Abend", 30, 350, 0.62),
        ("evt_n7k0se", "Derniere", 37, 400, 0.89),
    )
)

DRAGON = tuple(
    Show(event_id, "Der kleine Drache Kasimir", city, venue, FAMILY, day, 14, on_sale,
         orders, MATINEE, capacity=capacity, stop=day - 1, series="kasimir")
    for event_id, city, venue, day, on_sale, orders, capacity in (
        ("evt_q4a9hw", "München", "Deutsches Theater", 6, -75, 600, 1700),
        ("evt_s8e3nf", "Nürnberg", "Meistersingerhalle", 13, -70, 560, 2100),
        ("evt_t6u1cx", "Köln", "Gürzenich", 41, -40, 500, 1338),
        ("evt_v0b5gy", "Düsseldorf", "Tonhalle", 69, -10, 560, 1854),
    )
)

PAIR = (
    Show("evt_n4g7pa", "Alpenklang (erster Abend)", "Garmisch-Partenkirchen", "Kongresshaus", CLASSICAL, 70, 18.5, -3,
         1, (2400,), capacity=620, campaign="IGNORED", optimisation="OFF", off_sale=-1, series="alpenklang"),
    Show("evt_o6r2ke", "Alpenklang (zweiter Abend)", "Garmisch-Partenkirchen", "Kongresshaus", CLASSICAL, 71, 18.5, 60,
         0, (2400,), capacity=620, campaign="OPEN", series="alpenklang"),
)
"""Two evenings: one with a single sale, which starts with the musical in Hamburg, and one without any."""

SINGLE = (
    Show("evt_x2d7kr", "Offene Probe: Jugendorchester", "München", "Gasteig HP8", CLASSICAL, 14, 16, -30,
         160, (500,), hall="Halle E", capacity=600, frontend="HIDDEN", campaign="IGNORED", optimisation="OFF"),
    Show("20877", "Comedy Allstars", "Berlin", "Tempodrom", COMEDY, 18, 19, -85,
         1150, HALL, capacity=3500, share=0.74, model="META", stop=17),
    Show("evt_w5l8ja", "Kammermusik im Spiegelsaal", "Augsburg", "Kleiner Goldener Saal", CLASSICAL, 22, 18, -70,
         90, (2200, 3200), capacity=300, status="cancelled", frontend="CANCELLED", campaign="CLOSED", stop=-6,
         off_sale=-6, optimisation="OFF"),
    Show("evt_y1o6tm", "Nachtschicht im Zenith", "München", "Zenith", ELECTRO, 26, 21, -82,
         1600, CLUB, capacity=5880, share=0.68, client_campaign="PAUSED", ad_optimisation="ON", stop=26),
    Show("evt_a8f2wq", "Gala der Volksmusik", "Wien", "Wiener Stadthalle", SCHLAGER, 33, 18, -60,
         1000, HALL, hall="Halle D", capacity=9500, share=0.47, ad_category="NONE", stop=32),
    Show("evt_b6n0ex", "Beethoven: Die Neunte", "Leipzig", "Gewandhaus", CLASSICAL, 58, 19, -50,
         700, OPERA, hall="Großer Saal", capacity=1900, share=0.83, stop=57, model="META"),
    Show("evt_c9h4zi", "Schlager auf dem Schiff", "Hamburg", "Überseebrücke", SCHLAGER, 66, 17, -45,
         330, HALL, capacity=900, campaign="OPEN", client_campaign="PAUSED", stop=60),
    Show("evt_d3p7ou", "Lichter der Großstadt – Das Musical", "Hamburg", "Operettenhaus", STAGE, 70, 18.5, -92,
         500, OPERA, capacity=1330, share=0.9, client_campaign="RUNNING", model="EXTERNAL"),
    Show("evt_e7s1yc", "Funk & Soul Revue", "Frankfurt am Main", "Alte Oper", JAZZ, 81, 19, -30,
         950, HALL, capacity=2500, share=0.92, stop=80, model="META"),
    Show("evt_f0v5bk", "Kabarett & Poesie", "Salzburg", "ARGEkultur", COMEDY, 103, 18.5, -8,
         135, CLUB, capacity=350),
    Show("evt_g4m8dr", "Die Schneekönigin", "Düsseldorf", "Capitol Theater", STAGE, 112, 15, 4,
         560, HALL, capacity=1600, share=0.78, stop=110),
    Show("evt_h1t6qn", "Floßlände Open Air", "Kraków", "Bulwary Wiślane", ELECTRO, 125, 15, 10,
         1500, CLUB, capacity=4000, client_campaign="RUNNING", stop=120, model="META"),
    Show("evt_j5w9xv", "Rock im Hof", "Nürnberg", "Serenadenhof", ROCK, 150, 17.5, 22,
         820, HALL, capacity=2200),
    Show("evt_k0z3fe", "Lange Nacht der Oper", "Zürich", "Opernhaus", CLASSICAL, 176, 17, 40,
         410, OPERA, hall="Hauptbühne", capacity=1100, share=0.94, campaign="OPEN"),
    Show("evt_m8c2lh", "Sommernachtsgala", "München", "Königsplatz", STAGE, 228, 18, 60,
         2500, ARENA, capacity=20000, campaign="OPEN"),
)

# fmt: on

SHOWS = (*PAST, *AROUND_START_DATE, *TOUR, *FLUTE, *DRAGON, *SINGLE, *PAIR)
"""All shows. Their order has no meaning."""
