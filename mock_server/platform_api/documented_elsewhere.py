"""The paths that the platform documents and this mock does not play, as data.

`http/router.py` answers them with 404 and a hint that says so, whatever the method and with or without a slash at the
end. Those without an event's id look like events: `domain/events.py` reserves their words, so no event has such an id.
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
