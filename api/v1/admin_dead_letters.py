"""Dead letters, for operators: look at them, retry one or many, edit, discard."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import Operator, TheEdge
from api.responses import PERSON_ERRORS, errors
from schemas.dead_letters import (
    DeadLetterDetail,
    DeadLetterDiscard,
    DeadLetterEdit,
    DeadLetterFilter,
    DeadLetterQuery,
    DeadLetterRead,
    DeadLetterRetried,
    FailureGroup,
    RetryOrder,
    RetryPlan,
    RetryRunRead,
    StreamRebuilt,
)
from schemas.pages import Page

router = APIRouter(prefix="/api/v1/admin/dead-letters", tags=["admin"], responses=PERSON_ERRORS)

LetterId = Annotated[
    str, Path(max_length=128, description="`<event id>:<job type>`; the event's id alone where that is enough.")
]


@router.get("", summary="List dead letters, the last that died first")
async def list_dead_letters(
    _: Operator, edge: TheEdge, query: Annotated[DeadLetterQuery, Query()]
) -> Page[DeadLetterRead]:
    return await edge.dead_letters.list_letters(query.filter, limit=query.limit, cursor=query.cursor)


@router.get("/groups", summary="List dead letters by what went wrong, the largest group first")
async def list_failure_groups(
    _: Operator, edge: TheEdge, wanted: Annotated[DeadLetterFilter, Query()]
) -> list[FailureGroup]:
    return await edge.dead_letters.list_groups(wanted)


@router.post("/plan", summary="See what a retry of many would do")
async def plan_dead_letter_retry(wanted: DeadLetterFilter, _: Operator, edge: TheEdge) -> RetryPlan:
    return await edge.retry_runs.plan(wanted)


@router.post("/retry-all", status_code=202, summary="Retry all that match, at a rate")
async def retry_dead_letters(order: RetryOrder, operator: Operator, edge: TheEdge, response: Response) -> RetryRunRead:
    run = await edge.retry_runs.order(order, operator=operator.user_id)
    edge.retry_runner.wake()
    response.headers["Location"] = f"{router.prefix}/runs/{run.id}"
    return run


@router.get("/runs", summary="List the newest retries of many")
async def list_retry_runs(_: Operator, edge: TheEdge) -> list[RetryRunRead]:
    return await edge.retry_runs.list_runs()


@router.get("/runs/{run_id}", summary="See how far a retry of many is", responses=errors(404))
async def get_retry_run(run_id: UUID, _: Operator, edge: TheEdge) -> RetryRunRead:
    return await edge.retry_runs.read(run_id)


@router.post("/runs/{run_id}/stop", summary="Retry no more of them", responses=errors(404, 409))
async def stop_retry_run(run_id: UUID, operator: Operator, edge: TheEdge) -> RetryRunRead:
    return await edge.retry_runs.stop(run_id, operator=operator.user_id)


@router.post("/runs/{run_id}/resume", summary="Go on after a stop or a halt", responses=errors(404, 409))
async def resume_retry_run(run_id: UUID, operator: Operator, edge: TheEdge) -> RetryRunRead:
    run = await edge.retry_runs.resume(run_id, operator=operator.user_id)
    edge.retry_runner.wake()
    return run


@router.post("/rebuild", summary="Write the stream anew from the database")
async def rebuild_dead_letters(operator: Operator, edge: TheEdge) -> StreamRebuilt:
    return await edge.dead_letters.rebuild(operator=operator.user_id)


@router.get("/{letter_id}", summary="Read a dead letter with its history", responses=errors(404))
async def get_dead_letter(letter_id: LetterId, _: Operator, edge: TheEdge) -> DeadLetterDetail:
    return await edge.dead_letters.show(letter_id)


@router.post("/{letter_id}/retry", status_code=202, summary="Retry a dead letter", responses=errors(404, 409))
async def retry_dead_letter(letter_id: LetterId, operator: Operator, edge: TheEdge) -> DeadLetterRetried:
    return await edge.dead_letters.retry(letter_id, operator=operator.user_id)


@router.post("/{letter_id}/edit", include_in_schema=False)
@router.put("/{letter_id}/edit", summary="Give its event new data, and retry it if asked", responses=errors(404, 409))
async def edit_dead_letter(
    letter_id: LetterId, change: DeadLetterEdit, operator: Operator, edge: TheEdge
) -> DeadLetterDetail:
    await edge.dead_letters.edit(letter_id, change, operator=operator.user_id)
    return await edge.dead_letters.show(letter_id)


@router.post("/{letter_id}/discard", status_code=204, summary="Give a dead letter up", responses=errors(404, 409))
async def discard_dead_letter(
    letter_id: LetterId, discard: DeadLetterDiscard, operator: Operator, edge: TheEdge
) -> None:
    await edge.dead_letters.discard(letter_id, reason=discard.reason, operator=operator.user_id)
