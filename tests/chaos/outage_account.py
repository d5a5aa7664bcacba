"""The account of one outage: every promise that was made under it, against what the servers hold afterwards."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from infra.topic_reader import read_topics
from schemas.goals import GoalCreated
from schemas.quests import QuestRequested
from services import ledger_service
from tests.chaos.arrivals import Arrivals
from tests.chaos.outage_report import OutageReport
from tests.chaos.visitors import Visitors
from tests.support.pinged import TestPinged, TestPonged
from tests.support.system import System


@dataclass
class Account:
    """Fills in `report`; `opened` is when the server's port opened again, `retries` what the worker logged of each."""

    system: System
    report: OutageReport
    opened: float
    retries: Sequence[Mapping[str, str]]

    async def take(self, arrivals: Arrivals, visitors: Visitors) -> None:
        report = self.report
        report.accepted, report.refused = len(arrivals.accepted), len(arrivals.refused)
        report.slowest_send = arrivals.slowest
        await self._check_arrivals(arrivals.accepted)
        await self._check_jobs([*arrivals.accepted, *visitors.jobs])
        await self._check_visitors(visitors)

    async def _check_arrivals(self, accepted: Mapping[UUID, TestPinged]) -> None:
        report = self.report
        on_topic = await self._records("ce_id", TestPinged.type)
        causes = await self._records("ce_causationid", TestPonged.type)
        effects = await self._effects()
        for event_id, event in accepted.items():
            if event_id not in on_topic:
                report.lost.append(f"{event_id} is not on its topic")
            if event_id not in effects:
                report.lost.append(f"{event_id} has no effect")
            if event.mode == "CAUSES" and event_id not in causes:
                report.lost.append(f"{event_id} has no follow-up event")
        report.duplicated += [str(event_id) for event_id, times in effects.items() if times > 1]
        # What jobs cause waits for the worker, goals that visitors write down do not. By the broker's clock, this machine's.
        relayed = [*causes.values(), *(await self._records("ce_id", GoalCreated.type)).values()]
        report.relay_after = min(moment for moment in relayed if moment > self.opened) - self.opened

    async def _check_jobs(self, ids: Sequence[UUID]) -> None:
        subscriptions = [consumer.subscription for consumer in self.system.consumers]
        ledger = await ledger_service.audit(self.system.settings, self.system.sessions, subscriptions)
        self.report.lost += [str(event_id) for group in ledger.groups for event_id in group.unaccounted]
        self.report.lost += [
            f"{event_id} was never published" for group in ledger.groups for event_id in group.unpublished
        ]
        self.report.duplicated += [str(event_id) for group in ledger.groups for event_id in group.twice]
        spent = await self.system.rows(
            "SELECT event_id, job_type, attempt, status FROM jobs WHERE event_id = ANY(:ids) AND (attempt > 1 OR delivery > 1)",
            ids=ids,
        )
        why: defaultdict[str, list[str]] = defaultdict(list)
        for retry in self.retries:
            why[retry["job_id"]].append(retry["error_type"])
        self.report.attempts_spent = [
            f"{row.job_type} {row.event_id}: attempt {row.attempt}, {row.status}, {', '.join(why[str(row.event_id)])}"
            for row in spent
        ]

    async def _check_visitors(self, visitors: Visitors) -> None:
        report = self.report
        report.edge_answers = dict(visitors.statuses)
        report.edge_slowest = max(answer.took for answer in visitors.answers)
        again = visitors.working_again(self.opened)
        report.edge_after = again - self.opened if again is not None else None
        on_topic = await self._records("ce_id", QuestRequested.type)
        faults = [f"said 202 for {job}, which Kafka does not hold" for job in visitors.jobs - set(on_topic)]
        goals = {row.id for row in await self.system.rows("SELECT id FROM goals")}
        faults += [f"said 201 for the goal {goal}, which PostgreSQL does not hold" for goal in visitors.goals - goals]
        for answer in visitors.answers:
            if answer.status not in (answer.request.accepted, 503):
                faults.append(f"{answer.status} from {answer.request.path}")
            elif answer.status == 503 and answer.retry_after is None:
                faults.append(f"503 without Retry-After from {answer.request.path}")
        if visitors.left_hanging:
            faults.append(f"left {visitors.left_hanging} requests hanging")
        faults += [f"cut off {times} requests: {error}" for error, times in visitors.cut_off.items()]
        report.edge_faults = faults

    async def _effects(self) -> Counter[UUID]:
        rows = await self.system.rows("SELECT event_id, count(*) AS times FROM effects GROUP BY event_id")
        return Counter({row.event_id: row.times for row in rows})

    async def _records(self, header: str, event_type: str) -> dict[UUID, float]:
        """Id in that header → time of the latest record with it."""
        found: dict[UUID, float] = {}
        async for batch in read_topics(self.system.settings, [self.system.names.topic(event_type)]):
            for record in batch:
                found[UUID((dict(record.headers)[header] or b"").decode())] = record.timestamp / 1000
        return found
