import { ConfigurationError, ConnectionError } from "../../../errors.ts";
import { elements } from "../../../scim/path.ts";
import type { Kind } from "../../../scim/resource.ts";
import { type Asked, grant } from "../client/refusal.ts";
import { HIDDEN, listFrom } from "./read-one.ts";
import { asking, isGuid, permissions, type Reading } from "./reading.ts";

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

/** Throws ConfigurationError when a group that limits a connection hides its members from us: nobody would be in scope, without a word. */
export async function checkShown(reading: Reading, group: string, signal: AbortSignal): Promise<void> {
  const { graph } = reading;
  const { visibility, displayName } = await graph.get(
    `/groups/${group}?$select=id,displayName,visibility`,
    asking.group,
    signal,
  );
  if (visibility !== HIDDEN) return;
  const answer = await graph.ask(`/groups/${group}/members?$select=id&$top=1`, signal);
  if (answer.status !== 403 && answer.status !== 200) throw graph.refusal(answer, asking.group);
  if (elements(answer.body?.["value"]).length > 0) return;
  throw new ConfigurationError(
    `scope.assigned: the group "${String(displayName)}" hides its members, or has none; nobody was touched`,
    { hint: grant(permissions.hiddenMembers) },
  );
}

function unknown(application: string): ConnectionError {
  return new ConnectionError(`there is no enterprise application ${application} in the tenant`, {
    hint: "give its application id or object id: Entra admin center > Enterprise applications > the application > Properties",
  });
}
