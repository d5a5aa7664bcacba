import { describe, expect, test } from "vitest";

import { checkPayload, makeSchemaCheck } from "../checkPayload";

// As the API tells it of quest.requested, with one field more.
const SCHEMA = {
  $defs: { EnergyLevel: { enum: ["low", "medium", "high"], title: "EnergyLevel", type: "string" } },
  $id: "urn:delight:event:quest.requested",
  $schema: "https://json-schema.org/draft/2020-12/schema",
  properties: {
    count: { default: 3, maximum: 5, minimum: 3, type: "integer" },
    energy_level: { anyOf: [{ $ref: "#/$defs/EnergyLevel" }, { type: "null" }], default: null },
    minutes_available: { anyOf: [{ minimum: 10, type: "integer" }, { type: "null" }], default: null },
    user_id: { maxLength: 255, minLength: 1, pattern: "^[^\\x00-\\x1f\\x7f]+$", type: "string" },
    mission_id: { format: "uuid", type: "string" },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["user_id"],
  type: "object",
};

const check = makeSchemaCheck(SCHEMA);

function problems(data: unknown) {
  return checkPayload(JSON.stringify(data, null, 2), check).problems;
}

describe("a payload that is JSON", () => {
  test("fits", () => {
    const text = '{"user_id": "ada", "count": 4, "energy_level": "low", "minutes_available": null}';
    expect(checkPayload(text, check)).toEqual({
      data: { user_id: "ada", count: 4, energy_level: "low", minutes_available: null },
      problems: [],
    });
  });

  test("is told what is wrong with each field, at its line", () => {
    expect(problems({ user_id: "ada", count: 9, energy_level: "wild" })).toEqual([
      { field: "count", message: "must be at most 5", line: 3 },
      { field: "energy_level", message: 'must be "low", "medium" or "high"', line: 4 },
    ]);
  });

  test("of several schemas, is told about the one that it comes close to", () => {
    expect(problems({ user_id: "ada", minutes_available: 5 })).toEqual([
      { field: "minutes_available", message: "must be at least 10", line: 3 },
    ]);
    expect(problems({ user_id: "ada", minutes_available: "ten" })[0]?.message).toBe(
      "must be a whole number or null",
    );
  });

  test("is told what is missing, empty, of the wrong format, and deeper in", () => {
    expect(problems({ count: 3 })).toEqual([{ field: "user_id", message: "is missing", line: 1 }]);
    expect(problems({ user_id: "" })[0]?.message).toBe("must not be empty");
    expect(problems({ user_id: "ada", mission_id: "7" })[0]?.message).toBe("must be a UUID");
    expect(problems({ user_id: "ada", tags: ["a", 2] })).toEqual([
      { field: "tags.1", message: "must be text in quotes", line: 5 },
    ]);
  });

  test("may not have fields that nobody would read: the API refuses them", () => {
    expect(problems({ user_id: "ada", cuont: 4 })).toEqual([
      { field: "cuont", message: "is not a field of this event", line: 3 },
    ]);
  });

  test("is an object", () => {
    expect(checkPayload("[1]", check)).toEqual({
      data: null,
      problems: [{ field: "", message: "must be a JSON object, in braces", line: 1 }],
    });
  });
});

test("a slip of the pen is told at its line", () => {
  const text = '{\n  "user_id": "ada"\n  "count": 3\n}';
  expect(checkPayload(text, check)).toEqual({
    data: null,
    problems: [{ field: "", message: "needs a comma before this", line: 2 }],
  });
  expect(checkPayload("", check).problems).toHaveLength(1);
  expect(checkPayload('{"user_id": "ada",}', check).data).toBeNull();
});

test("without a schema it is only JSON that is asked for", () => {
  expect(checkPayload('{"anything": 1}', null)).toEqual({ data: { anything: 1 }, problems: [] });
});
