"""Companion chat: what a person says to a character, and what comes back.

A conversation is one person and one character. Its messages are in the order in which they were written: a person's
message at the moment when it was accepted, an answer at the moment when it was complete.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.characters import Character, InitiationReason
from schemas.events import Event
from schemas.ids import derived_id
from schemas.jobs import JobAccepted
from schemas.plain_text import PlainText

MAX_MESSAGE_CHARACTERS = 4000


class ChatPolicy(StrEnum):
    """What a message does while an earlier one of the same conversation is being answered."""

    ENQUEUE = "enqueue"
    """It is answered after the earlier one."""
    INTERRUPT = "interrupt"
    """The running answer stops, and the next one answers both."""


class Author(StrEnum):
    PERSON = "person"
    CHARACTER = "character"


class MessageStatus(StrEnum):
    """A person's message is waiting, answered, interrupted or failed; a character's is complete or superseded."""

    WAITING = "waiting"
    """Accepted, and not answered yet."""
    ANSWERED = "answered"
    INTERRUPTED = "interrupted"
    """Its answer was stopped for a newer message, whose answer will cover both."""
    FAILED = "failed"
    """No answer will come: its job ended without one."""
    COMPLETE = "complete"
    SUPERSEDED = "superseded"
    """The part of an answer that was written when it was interrupted."""


class CompanionChat(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    character: Character = Field(default=Character.ELIZA, examples=["eliza"])
    message: PlainText = Field(
        min_length=1, max_length=MAX_MESSAGE_CHARACTERS, examples=["I walked to the river today and felt light."]
    )
    policy: ChatPolicy = Field(
        default=ChatPolicy.ENQUEUE,
        description="While an earlier message of the conversation is being answered: `enqueue` answers this one after it, "
        "`interrupt` stops that answer and answers both together.",
    )


class CompanionAccepted(JobAccepted):
    """The answer 202 to a message. The person's own message has the id `job_id`."""

    message_id: UUID = Field(
        description="The answer to come: the frames of `/api/v1/sse/companion/stream` name it, and so does the history."
    )


class CompanionMessageRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    character: Character
    author: Author
    text: str
    status: MessageStatus
    in_reply_to: UUID | None = Field(
        validation_alias="companion_message_id", description="The person's message that this answers."
    )
    initiated: bool = Field(description="Whether the character wrote first, of their own accord.")
    reason: InitiationReason | None = Field(description="Why, when the character wrote first.")
    model: str | None = Field(description="The chat model used; `offline` is the built-in one.")
    created_at: datetime


class CompanionMessaged(Event):
    """A person wrote to a character. The event's id is the message's."""

    type: ClassVar[str] = "companion.messaged"
    character: Character = Character.ELIZA
    message: PlainText = Field(min_length=1, max_length=MAX_MESSAGE_CHARACTERS)
    policy: ChatPolicy = ChatPolicy.ENQUEUE


class CompanionReplied(Event):
    """A character's answer is complete and saved."""

    type: ClassVar[str] = "companion.replied"
    character: Character
    message_id: UUID = Field(description="The answer.")
    answers: list[UUID] = Field(description="The person's messages that it answers.")
    model: str


class CompanionInterrupted(Event):
    """An answer was stopped, for a newer message whose answer covers this one too."""

    type: ClassVar[str] = "companion.interrupted"
    character: Character
    message_id: UUID = Field(description="The answer that will not be completed.")
    reason: Literal["newer_message"] = "newer_message"


def answer_id(event_id: UUID) -> UUID:
    """The id of the answer to the message that is the event `event_id`."""
    return derived_id("answer", str(event_id))
