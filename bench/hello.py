"""A minimal FastAPI application, with which our server's start time is compared."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def hello() -> dict[str, str]:
    """Return a greeting."""
    return {"hello": "world"}
