"""A minimal FastAPI application, to compare our server's start time with."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def hello() -> dict[str, str]:
    """Return a greeting."""
    return {"hello": "world"}
