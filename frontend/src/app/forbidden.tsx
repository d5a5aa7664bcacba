import { Lost } from "@/components/shell/Lost";
import { strings } from "@/lib/strings/app";

export default function Forbidden() {
  return <Lost title={strings.problem.forbiddenTitle} text={strings.problem.forbiddenText} />;
}
