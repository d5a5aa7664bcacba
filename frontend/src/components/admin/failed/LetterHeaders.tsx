import { Facts } from "@/components/admin/Facts";
import { strings } from "@/lib/strings";

type Header = readonly unknown[];

/** The record's headers; a name may stand twice. */
export function LetterHeaders({ headers }: { headers: readonly Header[] }) {
  return (
    <Facts
      facts={headers.map(([name, value]) => ({
        label: String(name),
        value:
          typeof value === "string" ? (
            <span className="font-mono text-[0.8rem]">{value}</span>
          ) : (
            <em className="text-ink-soft">{strings.adminJobs.letter.headerNoText}</em>
          ),
      }))}
    />
  );
}
