import { ConnectionError, CursorLost, ProtocolError, TransientError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import { type Answer, errorCode, errorCodes } from "../client/answer.ts";
import type { Entry } from "../client/entries.ts";
import type { Graph } from "../client/graph.ts";
import { asking, collection, type Reading } from "./reading.ts";

/** Codes by which Graph says that only a full read helps, in lower case. */
const LOST: readonly string[] = ["syncstatenotfound", "resyncrequired", "directory_resyncrequired"];

/**
 * One round of changes, or with no link of everybody: pages of entries, and at its end the link for the next round. Links are
 * followed as they come; pages may be empty. https://learn.microsoft.com/graph/delta-query-overview
 */
export async function* round(
  reading: Reading,
  kind: Kind,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[], string> {
  const { graph } = reading;
  let link = from ?? startOf(reading, kind);
  for (let page = 0; ; page++) {
    const answer = await graph.page(link, signal);
    const body = answer.status === 200 ? answer.body : undefined;
    if (body === undefined) throw failure(graph, kind, answer, { isDelta: from !== undefined, page });
    const { ["@odata.nextLink"]: next, ["@odata.deltaLink"]: delta } = body;
    if (answer.entries === undefined)
      throw new ProtocolError(`${graph.host} gave a page of ${kind}s without a list`);
    yield answer.entries;
    if (typeof delta === "string" && next === undefined) {
      graph.checkLink(delta);
      return delta;
    }
    if (typeof next !== "string" || delta !== undefined) {
      throw new TransientError(`${graph.host} ended a page of ${kind}s with neither or both of its links`, {
        outcome: "none",
      });
    }
    if (next === link) throw new ConnectionError(`${graph.host} repeats the same page of ${kind}s for ever`);
    link = next;
  }
}

function startOf({ select }: Reading, kind: Kind): string {
  const names = kind === "group" ? [...select.group, "members"] : select.user;
  return `${collection(kind)}/delta?$select=${names.map(encodeURIComponent).join(",")}`;
}

/** What a refused page means depends on where the round stands. */
function failure(
  graph: Graph,
  kind: Kind,
  answer: Answer,
  { isDelta, page }: { readonly isDelta: boolean; readonly page: number },
): Error {
  const { status } = answer;
  const lost = status === 410 || (status < 500 && errorCodes(answer).some((code) => LOST.includes(code)));
  const refused = lost || ((status === 400 || status === 404) && errorCode(answer) !== undefined);
  if (isDelta && (lost || (refused && page === 0))) {
    return new CursorLost(
      `Microsoft Graph no longer takes our place in the changes of ${kind}s (${status}); it keeps one for seven days`,
    );
  }
  // Links between pages live for a while only: what was read so far is as good as nothing, and the next read begins anew.
  if (refused && (page > 0 || lost)) {
    const what = page === 0 ? "refuses to begin a" : `cut off, on page ${page + 1}, the`;
    return new TransientError(`${graph.host} ${what} read of all ${kind}s (${status})`, {
      outcome: "none",
    });
  }
  return graph.refusal(answer, asking[kind]);
}
