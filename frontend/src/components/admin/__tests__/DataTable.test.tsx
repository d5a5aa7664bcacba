import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { type Column, DataTable } from "@/components/admin/DataTable";
import { NetworkError } from "@/lib/api/errors";

interface Line {
  id: string;
  jobs: number;
}

const LINES: Line[] = [
  { id: "one", jobs: 1 },
  { id: "two", jobs: 2 },
  { id: "three", jobs: 3 },
];

const COLUMNS: Column<Line>[] = [
  { key: "id", header: "Name", isRowHeader: true, cell: (line) => <a href={`/${line.id}`}>{line.id}</a> },
  { key: "jobs", header: "Jobs", isNumber: true, cell: (line) => line.jobs },
  { key: "act", header: "Do", cell: (line) => <button type="button">Retry {line.id}</button> },
];

function show(props: Partial<Parameters<typeof DataTable<Line>>[0]> = {}) {
  return render(
    <DataTable
      caption="Lines"
      columns={COLUMNS}
      rows={LINES}
      rowKey={(line) => line.id}
      empty="None."
      {...props}
    />,
  );
}

describe("DataTable", () => {
  it("is a table with headers of columns and rows, in a region that the keyboard can scroll", () => {
    show();
    const table = screen.getByRole("table", { name: "Lines" });
    expect(within(table).getByRole("columnheader", { name: "Jobs" })).toHaveAttribute("scope", "col");
    expect(within(table).getByRole("rowheader", { name: "two" })).toHaveAttribute("scope", "row");
    expect(screen.getByRole("region", { name: "Lines" })).toHaveAttribute("tabindex", "0");
  });

  it("leads from row to row with the up and down keys, staying on the same control", async () => {
    const user = userEvent.setup();
    show();
    screen.getByRole("button", { name: "Retry one" }).focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(screen.getByRole("button", { name: "Retry three" })).toHaveFocus();
    await user.keyboard("{ArrowDown}{ArrowUp}");
    expect(screen.getByRole("button", { name: "Retry two" })).toHaveFocus();
  });

  it("tells loading, nothing and a failure apart", () => {
    const { unmount } = show({ rows: undefined });
    expect(screen.getByRole("status")).toBeInTheDocument();
    unmount();
    const empty = show({ rows: [] });
    expect(screen.getByText("None.")).toBeInTheDocument();
    empty.unmount();
    show({ rows: undefined, error: new NetworkError("gone") });
    expect(screen.getByRole("alert")).toHaveTextContent("cannot be reached");
  });

  it("keeps the rows that it has when asking again fails, and says that they are old", () => {
    show({ error: new NetworkError("gone") });
    expect(screen.getByRole("rowheader", { name: "one" })).toBeInTheDocument();
    expect(screen.getByRole("status")).toHaveTextContent("Not updated");
  });

  it("pages by cursor, and back to the first page", async () => {
    const user = userEvent.setup();
    const onCursor = vi.fn();
    const { rerender } = show({ pages: { cursor: null, nextCursor: "b", onCursor } });
    await user.click(screen.getByRole("button", { name: "Next page" }));
    expect(onCursor).toHaveBeenLastCalledWith("b");
    rerender(
      <DataTable
        caption="Lines"
        columns={COLUMNS}
        rows={LINES}
        rowKey={(line) => line.id}
        empty="None."
        pages={{ cursor: "b", nextCursor: null, onCursor }}
      />,
    );
    expect(screen.getByRole("button", { name: "Next page" })).toBeDisabled();
    await user.click(screen.getByRole("button", { name: "First page" }));
    expect(onCursor).toHaveBeenLastCalledWith(null);
  });
});
