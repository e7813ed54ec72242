"""A minimal FastAPI application, the baseline for the mock's startup time."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def hello() -> dict[str, str]:
    """Return a greeting."""
    return {"hello": "world"}
