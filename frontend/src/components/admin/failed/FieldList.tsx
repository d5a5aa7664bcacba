import type { JsonObject } from "@/lib/payload/checkPayload";
import { describeFields } from "@/lib/payload/describeFields";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.payload;

/** What may stand in the payload. */
export function FieldList({ schema }: { schema: JsonObject }) {
  return (
    <section aria-label={words.fields} className="text-sm">
      <h3 className="font-sans text-sm font-medium">{words.fields}</h3>
      <dl className="grid divide-y pt-1.5">
        {describeFields(schema).map(({ name, kind, isRequired, description }) => (
          <div key={name} className="py-1.5" title={description ?? undefined}>
            <dt className="font-mono text-[0.8rem] font-medium">
              {name}
              {isRequired && (
                <span className="text-ink-soft pl-2 font-sans text-xs font-normal">
                  {words.fieldRequired}
                </span>
              )}
            </dt>
            <dd className="text-ink-soft font-mono text-xs [overflow-wrap:anywhere]">{kind}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
