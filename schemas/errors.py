"""The error envelope: every error of the API has this body, whatever went wrong."""

from pydantic import BaseModel, Field


class ErrorBody(BaseModel):
    type: str = Field(description="The class of error, for programs.", examples=["NotFound"])
    message: str = Field(description="What is wrong and what to do, for people.", examples=["No such mission."])
    code: str = Field(description="A stable code, for programs.", examples=["not_found"])


class ErrorEnvelope(BaseModel):
    error: ErrorBody
    request_id: str | None = None
