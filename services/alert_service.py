"""Alerts: judge what was measured by the rules, raise each alert once, and resolve it when it is over.

The database is the memory: a restarted monitor goes on where the last one stood. Of several monitors one judges at a
time, and what it decides stands: older measurements of another do not raise again what newer ones resolved.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.alert import AlertModel
from models.alert_notice import AlertNoticeModel
from schemas.alerts import AlertChange, AlertNotice, AlertRead, AlertsRead, AlertState, Severity
from schemas.ids import new_id
from services.alert_rules import AlertRule

Readings = Mapping[str, Mapping[str, float]]
"""By metric, the value of each subject. A metric that could not be measured is missing, a value that is not known is NaN."""

RECENT = 50

# Any fixed number that no other advisory lock of the database has.
_JUDGE_LOCK = 5_482_137_002
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")


async def judge(
    session: AsyncSession,
    readings: Readings,
    rules: Sequence[AlertRule],
    *,
    measured_at: datetime,
    channels: Collection[str],
) -> bool:
    """Raise and resolve alerts by these readings, in the caller's transaction, and owe the notices to `channels`.

    False when another monitor judges at this moment: then nothing was done.
    """
    if not (await session.execute(_TRY_LOCK, {"lock": _JUDGE_LOCK})).scalar_one():
        return False
    query = select(AlertModel).where(or_(AlertModel.state == AlertState.FIRING, AlertModel.resolved_at >= measured_at))
    known = {(alert.rule, alert.subject): alert for alert in await session.scalars(query)}
    changed: list[tuple[AlertModel, AlertChange]] = []
    for rule in rules:
        for subject, value in readings.get(rule.metric, {}).items():
            if not value > rule.above:
                continue
            alert = known.get((rule.name, subject))
            if alert is None:
                alert = _raise(rule, subject, value, measured_at)
                session.add(alert)
                changed.append((alert, AlertChange.RAISED))
            elif alert.state == AlertState.FIRING:
                _confirm(alert, rule, value, measured_at)
    by_name = {rule.name: rule for rule in rules}
    for alert in known.values():
        if alert.state == AlertState.FIRING and _is_over(alert, by_name.get(alert.rule), readings, measured_at):
            alert.state, alert.resolved_at = AlertState.RESOLVED, measured_at
            changed.append((alert, AlertChange.RESOLVED))
    await session.flush()
    session.add_all(
        _notice(alert, change, channel, measured_at) for alert, change in changed for channel in sorted(channels)
    )
    return True


async def list_alerts(session: AsyncSession, *, recent: int = RECENT) -> AlertsRead:
    """What fires, critical alerts first, and the `recent` ones that were resolved last."""
    firing = (
        select(AlertModel)
        .where(AlertModel.state == AlertState.FIRING)
        .order_by((AlertModel.severity == Severity.CRITICAL).desc(), AlertModel.since.desc())
    )
    resolved = (
        select(AlertModel)
        .where(AlertModel.state == AlertState.RESOLVED)
        .order_by(AlertModel.resolved_at.desc())
        .limit(recent)
    )
    return AlertsRead(
        firing=[AlertRead.model_validate(alert) for alert in await session.scalars(firing)],
        resolved=[AlertRead.model_validate(alert) for alert in await session.scalars(resolved)],
    )


def _raise(rule: AlertRule, subject: str, value: float, at: datetime) -> AlertModel:
    return AlertModel(
        id=new_id(),
        rule=rule.name,
        subject=subject,
        state=AlertState.FIRING,
        severity=rule.severity,
        summary=rule.summarise(subject, value),
        value=value,
        threshold=rule.above,
        since=at,
        last_true_at=at,
    )


def _confirm(alert: AlertModel, rule: AlertRule, value: float, at: datetime) -> None:
    """It still is as bad, or worse."""
    alert.last_true_at = max(alert.last_true_at, at)
    if value > alert.value:
        alert.value, alert.summary = value, rule.summarise(alert.subject, value)


def _is_over(alert: AlertModel, rule: AlertRule | None, readings: Readings, at: datetime) -> bool:
    if rule is None:
        # A rule that is no more would leave its alert on for ever.
        return True
    if rule.metric not in readings:
        return False
    # Asked in this way, what is not known (NaN) is no proof that it is over.
    if not readings[rule.metric].get(alert.subject, 0.0) <= rule.above:
        return False
    return at > alert.last_true_at and at - alert.last_true_at >= rule.keep_firing


def _notice(alert: AlertModel, change: AlertChange, channel: str, at: datetime) -> AlertNoticeModel:
    notice = AlertNotice(id=new_id(), type=f"alert.{change}", time=at, alert=AlertRead.model_validate(alert))
    return AlertNoticeModel(
        id=notice.id,
        alert_id=alert.id,
        channel=channel,
        change=change,
        content=notice.model_dump(mode="json"),
        attempts=0,
    )
