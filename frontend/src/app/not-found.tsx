import { Lost } from "@/components/shell/Lost";
import { strings } from "@/lib/strings/app";

export default function NotFound() {
  return <Lost title={strings.problem.notFoundTitle} text={strings.problem.notFoundText} />;
}
