import { describe, expect, it } from "vitest";

import { auditTarget } from "@/lib/auditTarget";
import { fromLocalField, toLocalField } from "@/lib/localMoment";

describe("auditTarget", () => {
  it("leads to the job, or to the group", () => {
    expect(auditTarget("dead_letter.retry", "01a2120b-7369-7146-85c7-d22e50fed40b:companion-reply")).toBe(
      "/admin/jobs/01a2120b-7369-7146-85c7-d22e50fed40b/companion-reply",
    );
    expect(auditTarget("group.pause", "companion-reply")).toBe("/admin/groups?group=companion-reply");
  });

  it("leads nowhere for what has no page", () => {
    expect(auditTarget("budget.set", "ada")).toBeNull();
    expect(auditTarget("dead_letters.rebuild", "dead-letters")).toBeNull();
  });
});

describe("moments of a filter", () => {
  it("go through the field of the device's clock and come back the same", () => {
    const moment = "2026-11-25T09:31:00.000Z";
    expect(fromLocalField(toLocalField(moment))).toBe(moment);
  });

  it("are no filter when they are nothing, or half of something", () => {
    expect(toLocalField(undefined)).toBe("");
    expect(toLocalField("yesterday")).toBe("");
    expect(fromLocalField("")).toBe("");
  });
});
