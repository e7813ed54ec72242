"""HTTP by uvicorn, with the platform's error body for what its parsers refuse.

uvicorn has two implementations, with httptools and with h11, and answers what either of them refuses in plain text.
The classes here extend both in the same way. `connection.py` has what they share, `refusals.py` the errors, and
`auto.py` is the one that fits what is installed. A server without these classes, such as plain uvicorn, works too;
docs/running.md says what it does instead.
"""
