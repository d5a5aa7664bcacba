import { Moment } from "@/components/admin/Moment";
import { strings } from "@/lib/strings";

interface ActionShown {
  operator: string;
  action: string;
  details: Record<string, unknown>;
  created_at: string;
}

const words = strings.adminJobs;

/** Who did what to it, and why. */
export function OperatorHistory({ actions }: { actions: readonly ActionShown[] }) {
  if (actions.length === 0) return <p className="text-ink-soft text-sm">{words.letter.noHistory}</p>;
  return (
    <ol className="grid gap-2.5 text-sm">
      {actions.map((one, index) => (
        <li key={index} className="flex items-baseline justify-between gap-4">
          <span className="min-w-0 [overflow-wrap:anywhere]">
            <span className="font-medium">{one.operator}</span> {words.actions[one.action] ?? one.action}
            <Reason reason={one.details.reason} />
          </span>
          <span className="text-ink-soft">
            <Moment at={one.created_at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Why, where the action asks for it; the other details are for programs. */
function Reason({ reason }: { reason: unknown }) {
  return typeof reason === "string" ? <span className="text-ink-soft block">“{reason}”</span> : null;
}
