"""The paths that the platform documents but this mock does not implement, as data.

`http/router.py` answers them with 404 and a hint that says so, for any method, and with or without a slash at the end.
Paths such as `/events/venues` look like the path of an event, so `domain/events.py` reserves their last segments, which
are never ids of events.
See: ERR-03.
"""

NOT_PLAYED = (
    "/events/statistics",
    "/events/flagged/",
    "/events/venues",
    "/events/{eid}/statistics",
    "/events/{eid}/benchmark",
    "/events/{eid}/sales_graph",
    "/events/{eid}/tickets",
    "/events/{eid}/clusters",
    "/events/{eid}/campaigns",
    "/events/{eid}/lookout_prediction",
)
