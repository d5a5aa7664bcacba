interface ActionDetailsProps {
  details: Record<string, unknown>;
}

/** What is on record beside an action: its reason in words, the rest as names and values. */
export function ActionDetails({ details }: ActionDetailsProps) {
  const { reason, ...rest } = details;
  const entries = Object.entries(rest).filter(([, value]) => value !== null);
  return (
    <div className="grid max-w-xl min-w-40 gap-0.5">
      {typeof reason === "string" && <p>{reason}</p>}
      {entries.length > 0 && (
        <dl className="text-ink-soft flex flex-wrap gap-x-3 font-mono text-xs">
          {entries.map(([name, value]) => (
            <div key={name} className="flex gap-1">
              <dt>{name}</dt>
              <dd className="text-ink break-all">
                {typeof value === "string" ? value : JSON.stringify(value)}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
