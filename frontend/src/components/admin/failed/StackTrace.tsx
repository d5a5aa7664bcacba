import { CopyButton } from "@/components/admin/CopyButton";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.letter;

/** Long, wide, and read from its end: it scrolls in both directions, and takes the focus to do so. */
export function StackTrace({ text }: { text: string }) {
  return (
    <div className="relative">
      <pre
        role="region"
        aria-label={words.trace}
        tabIndex={0}
        className="bg-sunken max-h-80 overflow-auto rounded-lg p-3 pr-10 font-mono text-[0.75rem] leading-relaxed"
      >
        {text.trimEnd()}
      </pre>
      <span className="absolute top-2 right-2">
        <CopyButton text={text} what={words.trace} />
      </span>
    </div>
  );
}
