/** What the editor begins with. */
import { isObject, type JsonObject } from "./checkPayload";

export function formatJson(data: unknown): string {
  return JSON.stringify(data, null, 2);
}

/** The event's data; where they cannot be read, the text that arrived; of other bytes, the fields to fill in. */
export function startingText(
  data: JsonObject | null,
  value: string | null,
  schema: JsonObject | null,
  userId: string,
): string {
  if (data !== null) return formatJson(data);
  if (value !== null && value !== "" && !value.startsWith("base64:")) return value;
  return formatJson(skeletonOf(schema, userId));
}

/** The required fields of an event with nothing in them. */
export function skeletonOf(schema: JsonObject | null, userId: string): JsonObject {
  const required = (schema?.required ?? ["user_id"]) as string[];
  const properties = (schema?.properties ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    required.map((name) => [name, name === "user_id" ? userId : emptyOf(properties[name])]),
  );
}

function emptyOf(property: unknown): unknown {
  if (!isObject(property)) return null;
  if (property.default !== undefined) return property.default;
  switch (property.type) {
    case "string":
      return "";
    case "integer":
    case "number":
      return property.minimum ?? 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return {};
    default:
      return null;
  }
}
