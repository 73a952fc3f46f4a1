import { badRequest, type GraphRequest, Refusal } from "./answer.ts";
import type { Directory } from "./directory.ts";
import { DEFAULTS, RELATIONSHIPS } from "./schema.ts";
import type { Seal } from "./sealed-token.ts";
import { onlyOptions, selected } from "./select.ts";

export type Tracked = "user" | "group";

/** All that a token of a delta query stands for: what was asked for once, and how far the round came. */
export interface Round {
  readonly type: "next" | "delta";
  readonly kind: Tracked;
  readonly select: readonly string[];
  /** Whether `$select` was written; then the first page names it in its context. */
  readonly explicit: boolean;
  readonly ids?: readonly string[];
  readonly minimal: boolean;
  /** The point of the log after which changes count; absent in a first round. */
  readonly since?: number;
  /** The point up to which this round tells. */
  readonly until: number;
  readonly page: number;
  /** Index of the next object, and in it of the next member. */
  readonly object: number;
  readonly member: number;
  /** Of the state that the service keeps about its tokens. */
  readonly generation: number;
  readonly issuedAt: number;
}

const MOST_IDS = 50;

/** What a call of `/users/delta` or `/groups/delta` asks for; `latest` wants no objects, only a link for later. */
export function understand(
  request: GraphRequest,
  kind: Tracked,
  context: { readonly directory: Directory; readonly seal: Seal; readonly generation: number },
): { readonly round: Round; readonly latest: boolean } {
  const { query } = request;
  const { directory } = context;
  const token = query.get("$skiptoken") ?? query.get("$deltatoken");
  const minimal = /\breturn=minimal\b/.test(request.headers["prefer"] ?? "");
  if (token === null || token === "" || token === "latest") {
    onlyOptions(query, ["$select", "$filter", "$deltatoken"]);
    const until = directory.log.pointAt(directory.now() - directory.switches.deltaLagMs);
    const ids = query.get("$filter");
    const round: Round = {
      type: "next",
      kind,
      select: query.has("$select")
        ? selected(directory, kind, query, RELATIONSHIPS[kind])
        : [...DEFAULTS[kind], ...RELATIONSHIPS[kind]],
      explicit: query.has("$select"),
      ...(ids === null ? {} : { ids: idsOf(ids) }),
      minimal,
      until,
      page: 0,
      object: 0,
      member: 0,
      generation: context.generation,
      issuedAt: directory.now(),
    };
    return { round, latest: token === "latest" };
  }
  if ([...query.keys()].length !== 1)
    throw badRequest(
      "Query options other than the token are not supported: the token already carries those of the first call.",
      "BadRequest",
    );
  const wanted = query.has("$skiptoken") ? "next" : "delta";
  const round = context.seal.open(token) as Round | undefined;
  if (round === undefined || round.kind !== kind || round.type !== wanted)
    throw badRequest("Badly formed token.", "BadRequest");
  refuseLost(round, context.generation, directory);
  if (round.type === "next") return { round, latest: false };
  const { deltaLagMs, replay } = directory.switches;
  const until = Math.max(round.until, directory.log.pointAt(directory.now() - deltaLagMs));
  const since = Math.max(0, round.until - replay);
  const began = { type: "next", since, until, page: 0, object: 0, member: 0, minimal } as const;
  return { round: { ...round, ...began, issuedAt: directory.now() }, latest: false };
}

function refuseLost(round: Round, generation: number, directory: Directory): void {
  const { switches } = directory;
  const age = directory.now() - round.issuedAt;
  if (round.type === "next" && round.generation === generation && age >= switches.pageTokenLifeMs)
    throw badRequest("The specified page token value has expired.", "Directory_ExpiredPageToken");
  const lives = round.type === "next" || age < switches.deltaTokenLifeMs;
  if (round.generation === generation && lives) return;
  throw switches.expiredAnswer === "410 with Location" ? gone(round) : expired();
}

/** As the announcement of the seven days of life words it. */
export function expired(): Refusal {
  return badRequest(
    "The sync state generation is not found. The delta token is expired and data must be synchronized again.",
    "syncStateNotFound",
  );
}

/** `Location` is put behind the service's own address by whoever sends the answer. */
export function gone(round: Pick<Round, "kind" | "explicit" | "select">): Refusal {
  const select = round.explicit ? `$select=${round.select.join(",")}&` : "";
  return new Refusal(410, "resyncRequired", "The sync state is gone; synchronize from the start.", {
    headers: { Location: `/v1.0/${round.kind}s/delta?${select}$deltatoken=` },
    inner: { code: "syncStateNotFound" },
  });
}

/** `id eq '...' or id eq '...'` is the only filter of a delta query. */
function idsOf(filter: string): readonly string[] {
  const ids = filter.split(/\s+or\s+/i).map((part) => /^\(?\s*id eq '([^']+)'\s*\)?$/.exec(part.trim())?.[1]);
  if (ids.includes(undefined))
    throw badRequest("Only filters on id are supported in a delta query.", "Request_UnsupportedQuery");
  if (ids.length > MOST_IDS)
    throw badRequest(
      `A delta query takes at most ${MOST_IDS} objects in $filter.`,
      "Request_UnsupportedQuery",
    );
  return ids as readonly string[];
}
