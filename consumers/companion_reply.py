"""companion-reply: a person wrote to a character; the companion agent answers, word by word.

Policy: two retries after 1 s and 2 s, then a dead letter, and the message reads `failed` in the history: somebody waits in
front of a screen, and an answer that comes later than that is better asked for anew. One attempt may take 60 s. Up to
500 answers run in one worker, since they mostly wait for the chat model, and one at a time for each person: a
person's messages are answered in their order, over all characters. A message with the policy `interrupt` stops the older
answers of its conversation through Redis (`infra.answer_stream`); their jobs succeed with what was written so far.

`complete` is sent after the settlement, by the announcer: whoever reads it finds the answer saved.
"""

from datetime import timedelta

from agents.companion_agent import answer_message
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.companion import CompanionMessaged
from services import companion_service

companion_reply = Consumer(
    name=companion_service.REPLY_GROUP,
    event=CompanionMessaged,
    agent=answer_message,
    save=companion_service.save_answer,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=2, initial=timedelta(seconds=1)),  # 1 s, 2 s
        timeout=timedelta(seconds=60),
        concurrency=500,
    ),
    uses_model=True,
)
