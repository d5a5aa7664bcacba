import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { DEVELOPMENT_ROLES } from "@/lib/server/development";
import { strings } from "@/lib/strings/app";

const { signIn } = strings;

const PEOPLE = [
  { subject: "ada", name: "Ada", roles: ["user"], text: signIn.personOf },
  { subject: "grace", name: "Grace", roles: ["user", "operator"], text: signIn.operatorOf },
] as const;

/** Plain forms: they work before any script has loaded. */
export function DevelopmentSignIn({ next }: { next: string }) {
  return (
    <div className="grid gap-5">
      <ul className="grid gap-2.5">
        {PEOPLE.map(({ subject, name, roles, text }) => (
          <li key={subject}>
            <form action="/auth/development" method="post">
              <input type="hidden" name="next" value={next} />
              <input type="hidden" name="subject" value={subject} />
              {roles.map((role) => (
                <input key={role} type="hidden" name="roles" value={role} />
              ))}
              <Button
                type="submit"
                variant="outline"
                size="lg"
                className="w-full justify-between font-normal"
              >
                <span className="font-medium">{signIn.as(name)}</span>
                <span className="text-ink-soft text-sm">{text}</span>
              </Button>
            </form>
          </li>
        ))}
      </ul>
      <details className="group rounded-lg border px-4 py-3">
        <summary className="cursor-pointer font-medium">{signIn.other}</summary>
        <form action="/auth/development" method="post" className="grid gap-4 pt-4">
          <input type="hidden" name="next" value={next} />
          <Field label={signIn.person}>
            <Input name="subject" required maxLength={255} autoComplete="off" />
          </Field>
          <fieldset className="grid gap-2">
            <legend className="pb-1.5 text-sm font-medium">{signIn.roles}</legend>
            <div className="flex flex-wrap gap-x-5 gap-y-2">
              {DEVELOPMENT_ROLES.map((role) => (
                <label key={role} className="inline-flex items-center gap-2">
                  <input
                    type="checkbox"
                    name="roles"
                    value={role}
                    defaultChecked={role === "user"}
                    className="accent-accent size-4"
                  />
                  {role}
                </label>
              ))}
            </div>
          </fieldset>
          <Button type="submit">{strings.actions.signIn}</Button>
        </form>
      </details>
    </div>
  );
}
