"""Extends uvicorn's HTTP protocols: a request that a parser refuses gets the platform's error body.

There are two implementations in uvicorn, with httptools and with h11, and each answers a request that it refuses in
plain text. The classes here extend both in the same way. `connection.py` contains the shared code, `refusals.py`
contains the errors, and `auto.py` selects the implementation that is installed. A server without these classes, such as
plain uvicorn, works too; docs/running.md lists the differences.
"""
