"""Files to upload as multipart/form-data."""

from dataclasses import dataclass

import httpx2

CSV = "text/csv"
FORM = "multipart/form-data"
FORM_HEADER = f"{FORM}; boundary=contracts-form-boundary"
"""The content-type of each form. The boundary is always the same, so that a failure can be reproduced."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file in a field of a form. A field without `filename` is not a file."""

    content: bytes
    media_type: str = CSV
    filename: str | None = "sheet.csv"
    field: str = "file"


def encode_form(*files: FormFile) -> bytes:
    """Encode a form with these files; its content-type is `FORM_HEADER`."""
    parts = [(file.field, (file.filename, file.content, file.media_type)) for file in files]
    request = httpx2.Request("POST", "http://form.invalid/", headers={"content-type": FORM_HEADER}, files=parts)
    return request.read()
