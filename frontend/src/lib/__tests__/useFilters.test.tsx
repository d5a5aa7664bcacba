import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { useFilters } from "@/lib/useFilters";

// Next's hooks follow the history; here they read it when the hook is rendered again.
vi.mock("next/navigation", () => ({
  usePathname: () => window.location.pathname,
  useSearchParams: () => new URLSearchParams(window.location.search),
}));

function open(address: string) {
  window.history.replaceState(null, "", address);
  const hook = renderHook(() => useFilters(["job_type", "error"]));
  return {
    now: () => hook.result.current,
    change: (change: () => void) => {
      act(change);
      hook.rerender();
    },
  };
}

beforeEach(() => window.history.replaceState(null, "", "/"));

describe("useFilters", () => {
  it("reads the filters of the address, and only those it knows", () => {
    const page = open("/admin/failed?job_type=quest-generation&error=&other=1");
    expect(page.now().filters).toEqual({ job_type: "quest-generation" });
    expect(page.now().isFiltered).toBe(true);
  });

  it("keeps a change in the address, beside what else stands there, and begins at the first page", () => {
    const page = open("/admin/failed?job_type=nudge-delivery&cursor=abc&other=1");
    expect(page.now().cursor).toBe("abc");
    page.change(() => page.now().setFilters({ error: "Timeout" }));
    expect(window.location.pathname).toBe("/admin/failed");
    expect(window.location.search).toBe("?job_type=nudge-delivery&other=1&error=Timeout");
    expect(page.now().cursor).toBeNull();
  });

  it("takes one filter away, or all of them", () => {
    const page = open("/admin/failed?job_type=nudge-delivery&error=Timeout&window=60");
    page.change(() => page.now().setFilters({ error: "" }));
    expect(window.location.search).toBe("?job_type=nudge-delivery&window=60");
    page.change(() => page.now().clear());
    expect(window.location.search).toBe("?window=60");
    expect(page.now().isFiltered).toBe(false);
  });

  it("makes each change a step that the browser's back undoes, and nothing of no change", () => {
    const page = open("/admin/audit");
    const before = window.history.length;
    page.change(() => page.now().setFilters({ error: "Timeout" }));
    page.change(() => page.now().setFilters({ error: "Timeout" }));
    page.change(() => page.now().setCursor("next"));
    expect(window.history.length).toBe(before + 2);
    page.change(() => page.now().setCursor(null));
    expect(window.location.search).toBe("?error=Timeout");
  });
});
