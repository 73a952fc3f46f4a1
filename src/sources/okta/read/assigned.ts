import { ConnectionError } from "../../../errors.ts";
import { z } from "../../../zod.ts";
import { OktaRefusal } from "../client/refusal.ts";
import { APPS_SCOPE } from "../client/scopes.ts";
import { pathOf, type Reading } from "./reading.ts";

const assignment = z.looseObject({ id: z.string().min(1), status: z.string().nullish() });

/**
 * Statuses of an assignment that ended; Okta goes on listing some for a while. Who is merely suspended stays assigned: the person's own
 * status says that. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/
 */
const over: ReadonlySet<string> = new Set(["DEPROVISIONED", "REVOKED", "UNASSIGNED"]);

/** Ids of the people assigned to an application now, themselves or by a group. Needs the scope okta.apps.read. */
export async function* assignedTo(
  reading: Reading,
  app: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  reading.api.login.want(APPS_SCOPE);
  const path = pathOf(`/api/v1/apps/${encodeURIComponent(app)}/users`, { limit: 500 });
  try {
    for await (const page of reading.api.pages(
      path,
      `listing who is assigned to the application ${app}`,
      signal,
    )) {
      for (const raw of page) {
        const found = assignment.safeParse(raw).data;
        if (found === undefined) throw new ConnectionError("Okta answered with an assignment that is none");
        if (!over.has(found.status ?? "")) yield found.id;
      }
    }
  } catch (error) {
    if (!(error instanceof OktaRefusal) || error.status !== 404) throw error;
    throw new ConnectionError(`there is no application ${app} in ${reading.api.host}`, {
      cause: error,
      hint: "its id (0oa...) stands in the address of its page in the Admin Console",
    });
  }
}
