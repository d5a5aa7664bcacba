/** The fields that an event's schema has, in short, for whoever edits one. */
import { isObject, type JsonObject } from "./checkPayload";

export interface FieldNote {
  name: string;
  /** `integer, 3 to 5`, `"low" | "high"`, `text?`. */
  kind: string;
  isRequired: boolean;
  description: string | null;
}

export function describeFields(schema: JsonObject): FieldNote[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as JsonObject).map(([name, property]) => ({
    name,
    kind: kindOf(property, schema),
    isRequired: required.includes(name),
    description: isObject(property) && typeof property.description === "string" ? property.description : null,
  }));
}

function kindOf(property: unknown, schema: JsonObject): string {
  if (!isObject(property)) return "";
  if (typeof property.$ref === "string") {
    const name = property.$ref.split("/").at(-1) ?? "";
    return kindOf(((schema.$defs ?? {}) as JsonObject)[name], schema);
  }
  const choices = property.anyOf ?? property.oneOf;
  if (Array.isArray(choices)) return choices.map((it) => kindOf(it, schema)).join(" | ");
  if (Array.isArray(property.enum)) return property.enum.map((it) => JSON.stringify(it)).join(" | ");
  if (property.const !== undefined) return JSON.stringify(property.const);
  const type = typeof property.type === "string" ? property.type : "any";
  const kind = typeof property.format === "string" ? property.format : type;
  if (property.type === "array") return `[${kindOf(property.items, schema)}]`;
  const { minimum, maximum } = property;
  if (typeof minimum === "number" && typeof maximum === "number") return `${kind} ${minimum}–${maximum}`;
  if (typeof minimum === "number") return `${kind} ≥ ${minimum}`;
  return typeof maximum === "number" ? `${kind} ≤ ${maximum}` : kind;
}
