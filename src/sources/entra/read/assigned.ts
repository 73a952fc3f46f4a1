import { ConnectionError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Asked } from "../client/refusal.ts";
import { listFrom } from "./read-one.ts";
import { isGuid, permissions, type Reading } from "./reading.ts";

const asked: Asked = {
  to: "list who is assigned to the application",
  permission: permissions.applications,
};

/** A person or group by id. */
interface Assigned {
  readonly kind: Kind;
  readonly id: string;
}

/**
 * Who is assigned to an enterprise application, named by its application (client) id or its object id. Of a group its direct
 * members count, those of groups inside it do not: so does Entra ID itself. There is no delta of it; a new assignment takes a
 * while to appear. https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
 */
export async function* assignedTo(
  reading: Reading,
  application: string,
  signal: AbortSignal,
): AsyncGenerator<Assigned> {
  const { graph } = reading;
  if (!isGuid(application)) throw unknown(application);
  for (const key of [`(appId='${application}')`, `/${application}`]) {
    const first = await graph.ask(`/servicePrincipals${key}/appRoleAssignedTo?$top=999`, signal);
    if (first.status === 404) continue;
    if (first.status !== 200 || first.body === undefined) throw graph.refusal(first, asked);
    for await (const each of listFrom(reading, first.body, asked, signal)) {
      const { principalId, principalType } = each;
      const kind = { User: "user", Group: "group" }[String(principalType)] as Kind | undefined;
      if (kind !== undefined && typeof principalId === "string") yield { kind, id: principalId };
    }
    return;
  }
  throw unknown(application);
}

function unknown(application: string): ConnectionError {
  return new ConnectionError(`there is no enterprise application ${application} in the tenant`, {
    hint: "give its application id or object id: Entra admin center > Enterprise applications > the application > Properties",
  });
}
