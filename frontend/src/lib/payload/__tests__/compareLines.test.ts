import { expect, test } from "vitest";

import { compareLines, isChanged } from "../compareLines";
import { formatJson, skeletonOf, startingText } from "../startingText";

test("a changed line stands as removed and added, with what is around it", () => {
  const before = formatJson({ a: 1, b: 2, c: 3 });
  const after = formatJson({ a: 1, b: 20, c: 3 });
  expect(compareLines(before, after)).toEqual([
    { kind: "same", text: "{" },
    { kind: "same", text: '  "a": 1,' },
    { kind: "removed", text: '  "b": 2,' },
    { kind: "added", text: '  "b": 20,' },
    { kind: "same", text: '  "c": 3' },
    { kind: "same", text: "}" },
  ]);
});

test("long stretches that stayed are folded", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const after = lines.map((line, index) => (index === 10 ? "changed" : line));
  const rows = compareLines(lines.join("\n"), after.join("\n"));
  expect(rows[0]).toEqual({ kind: "fold", count: 8 });
  expect(rows.at(-1)).toEqual({ kind: "fold", count: 7 });
  expect(rows).toHaveLength(8);
  expect(isChanged(rows)).toBe(true);
  expect(isChanged(compareLines("a\n", "a"))).toBe(false);
});

test("the editor begins with the data, else with what arrived, else with the fields to fill in", () => {
  const schema = {
    required: ["user_id", "count"],
    properties: { user_id: { type: "string" }, count: { type: "integer", minimum: 3 } },
  };
  expect(startingText({ a: 1 }, "x", schema, "ada")).toBe('{\n  "a": 1\n}');
  expect(startingText(null, '{"a": 1', schema, "ada")).toBe('{"a": 1');
  expect(JSON.parse(startingText(null, "base64:AAE=", schema, "ada"))).toEqual({ user_id: "ada", count: 3 });
  expect(skeletonOf(null, "ada")).toEqual({ user_id: "ada" });
});
