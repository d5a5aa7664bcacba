"""The shapes that cross a boundary: events, requests, answers, frames. Pydantic only; imports nothing of ours."""
