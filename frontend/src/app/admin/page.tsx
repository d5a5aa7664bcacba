import { AdminTitle } from "@/components/admin/AdminTitle";
import { strings } from "@/lib/strings";

export default function OverviewPage() {
  return <AdminTitle title={strings.admin.nav.overview} />;
}
