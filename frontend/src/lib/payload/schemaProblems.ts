/** What a validator of JSON Schema found, in sentences for people: one for each field. */
import type { OutputUnit } from "@cfworker/json-schema";

import { strings } from "@/lib/strings";

import type { JsonObject, Path } from "./checkPayload";

interface SchemaProblem {
  path: Path;
  message: string;
}

const words = strings.adminJobs.payload.said;

// They only say that something further in is wrong, and that is said by itself.
const WRAPPERS = new Set(["$ref", "properties", "patternProperties", "items", "prefixItems", "allOf"]);
const CHOICES = new Set(["anyOf", "oneOf"]);

export function schemaProblems(errors: readonly OutputUnit[], schema: JsonObject): SchemaProblem[] {
  const byPlace = new Map<string, OutputUnit[]>();
  for (const error of errors) {
    if (WRAPPERS.has(error.keyword) || CHOICES.has(error.keyword)) continue;
    byPlace.set(error.instanceLocation, [...(byPlace.get(error.instanceLocation) ?? []), error]);
  }
  return [...byPlace].flatMap(([place, found]) => ofOnePlace(pathOf(place), found, schema));
}

function ofOnePlace(path: Path, errors: readonly OutputUnit[], schema: JsonObject): SchemaProblem[] {
  const missing = errors.filter((it) => it.keyword === "required");
  const others = errors.filter((it) => it.keyword !== "required");
  const problems: SchemaProblem[] = missing.map((it) => ({
    path: [...path, missingName(it)],
    message: words.missing,
  }));
  const wrongTypes = others.filter((it) => it.keyword === "type");
  // `null` or a number from 10: of 3 it is said that it is too small, not that it is not null.
  const telling = others.filter((it) => it.keyword !== "type");
  const [first] = telling;
  if (first !== undefined) {
    problems.push({ path: [...path], message: sentenceOf(first, schema) });
  } else if (wrongTypes.length > 0) {
    const kinds = wrongTypes.flatMap((it) => resolve(schema, it.keywordLocation) as string | string[]);
    problems.push({ path: [...path], message: words.type([...new Set(kinds)]) });
  }
  return problems;
}

function sentenceOf(error: OutputUnit, schema: JsonObject): string {
  const bound = resolve(schema, error.keywordLocation);
  switch (error.keyword) {
    case "enum":
      return words.oneOf(bound as unknown[]);
    case "const":
      return words.oneOf([bound]);
    case "minimum":
      return words.least(bound as number);
    case "maximum":
      return words.most(bound as number);
    case "exclusiveMinimum":
      return words.over(bound as number);
    case "exclusiveMaximum":
      return words.under(bound as number);
    case "multipleOf":
      return words.multiple(bound as number);
    case "minLength":
      return bound === 1 ? words.empty : words.longer(bound as number);
    case "maxLength":
      return words.shorter(bound as number);
    case "minItems":
      return bound === 1 ? words.empty : words.moreItems(bound as number);
    case "maxItems":
      return words.fewerItems(bound as number);
    case "pattern":
      return words.pattern;
    case "format":
      return words.format(bound as string);
    case "additionalProperties":
    case "unevaluatedProperties":
    case "false":
      return words.unknown;
    default:
      return error.error;
  }
}

function missingName(error: OutputUnit): string {
  return /"([^"]*)"/.exec(error.error)?.[1] ?? "";
}

/** `#/tags/0` → `["tags", 0]`. */
function pathOf(pointer: string): Path {
  return segments(pointer).map((it) => (/^\d+$/.test(it) ? Number(it) : it));
}

/** What the schema says at a place, through its references. */
function resolve(schema: JsonObject, pointer: string): unknown {
  let here: unknown = schema;
  for (const segment of segments(pointer)) {
    const next: unknown = (here as JsonObject | undefined)?.[segment];
    here = segment === "$ref" && typeof next === "string" ? resolve(schema, next) : next;
  }
  return here;
}

function segments(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((it) => decodeURIComponent(it).replaceAll("~1", "/").replaceAll("~0", "~"));
}
