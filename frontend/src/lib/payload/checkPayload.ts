/** Checks the text of an edited payload: is it JSON, and does it fit the schema of its event type? */
import { Validator } from "@cfworker/json-schema";
import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  type ParseErrorCode,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";

import { strings } from "@/lib/strings";

import { schemaProblems } from "./schemaProblems";

export type Path = readonly (string | number)[];
export type JsonObject = Record<string, unknown>;

export interface PayloadProblem {
  /** "" for the payload as a whole. */
  field: string;
  message: string;
  /** Counted from 1. */
  line: number;
}

export interface CheckedPayload {
  /** Null when the text is no JSON object. */
  data: JsonObject | null;
  problems: PayloadProblem[];
}

const words = strings.adminJobs.payload;

/** Interprets the schema, which the Content-Security-Policy allows; compiling it would need `eval`. */
export type SchemaCheck = (data: JsonObject) => { path: Path; message: string }[];

export function makeSchemaCheck(schema: JsonObject): SchemaCheck {
  const validator = new Validator(schema, "2020-12", false);
  const known = Object.keys(schema.properties ?? {});
  return (data) => {
    // The API refuses what no consumer would read; the schema alone does not.
    const unknown = Object.keys(data).filter((name) => !known.includes(name));
    return [
      ...schemaProblems(validator.validate(data).errors, schema),
      ...unknown.map((name) => ({ path: [name], message: words.said.unknown })),
    ];
  };
}

export function checkPayload(text: string, check: SchemaCheck | null): CheckedPayload {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const data = errors.length === 0 ? parsed(text) : undefined;
  if (data === undefined) {
    const problems = errors.map((error) => ({
      field: "",
      message: syntaxMessage(error.error),
      line: lineOfError(text, error),
    }));
    return { data: null, problems: firstOfEachLine(problems) };
  }
  if (!isObject(data)) {
    return { data: null, problems: [{ field: "", message: words.said.noObject, line: 1 }] };
  }
  const problems = (check?.(data) ?? []).map(({ path, message }) => ({
    field: path.join("."),
    message,
    line: lineOfPath(text, tree, path),
  }));
  return { data, problems: problems.sort((one, other) => one.line - other.line) };
}

/** The line of a field; of what holds it where it is missing. */
export function lineOfPath(text: string, tree: Node | undefined, path: Path): number {
  if (tree === undefined) return 1;
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    // The name of the field rather than its value, which may begin lower down.
    if (node !== undefined)
      return lineAt(text, (node.parent?.type === "property" ? node.parent : node).offset);
  }
  return lineAt(text, tree.offset);
}

/** The line of a field of the text as it is now, for problems that the API found. */
export function lineOfField(text: string, field: string): number {
  const path = field.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return field === "" ? 1 : lineOfPath(text, parseTree(text), path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** What is missing is missing after the last thing that is there, not where the next one begins. */
function lineOfError(text: string, error: ParseError): number {
  const isMissing = ["CommaExpected", "CloseBraceExpected", "CloseBracketExpected", "ValueExpected"].includes(
    printParseErrorCode(error.error),
  );
  return lineAt(text, isMissing ? text.slice(0, error.offset).trimEnd().length : error.offset);
}

function syntaxMessage(code: ParseErrorCode): string {
  return words.syntax[printParseErrorCode(code)] ?? words.syntaxOther;
}

function firstOfEachLine(problems: PayloadProblem[]): PayloadProblem[] {
  const found = problems.length > 0 ? problems : [{ field: "", message: words.syntaxOther, line: 1 }];
  return found.filter((it, index) => found.findIndex((other) => other.line === it.line) === index);
}
