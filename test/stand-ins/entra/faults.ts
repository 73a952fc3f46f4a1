import { type GraphRequest, Refusal } from "./answer.ts";
import { expired, gone, type Round } from "./delta-call.ts";
import { throttled } from "./resource-units.ts";

/** Something that goes wrong for some requests. */
export interface Fault {
  /** Default: Graph. */
  readonly at?: "graph" | "login";
  /** Tested on path and query, `/users/delta?$skiptoken=...`; default: all. */
  readonly path?: RegExp;
  /** For so many fitting requests; default 1, Infinity for ever. */
  times?: number;
  /** So many fitting requests go well before. */
  after?: number;
  readonly how: Trouble;
}

export type Trouble =
  /** 429; `retryAfter` in seconds, fractions as the service gives them; "none" leaves the header out. */
  | { readonly type: "throttle"; readonly retryAfter?: number | "none" }
  /** 500, 502, 503 or 504. */
  | { readonly type: "status"; readonly status: number; readonly retryAfter?: number }
  /** The delta token or page token is not known any more. */
  | { readonly type: "expired"; readonly answer?: "400 syncStateNotFound" | "410 with Location" }
  /** The access token is not taken although it lives. */
  | { readonly type: "unauthorized" }
  /** The connection ends after so many bytes of a body that was announced whole. */
  | { readonly type: "cut"; readonly bytes?: number }
  /** The connection ends without an answer. */
  | { readonly type: "lose" }
  | { readonly type: "delay"; readonly ms: number }
  /** Links in the body point to another host. */
  | { readonly type: "foreign link"; readonly origin: string }
  /** The page comes with its links and without its objects, as from a cache that missed it. */
  | { readonly type: "emptied" }
  /** Whatever a gateway in between may say. */
  | {
      readonly type: "answer";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** The troubles that this request runs into, each counted off: every delay that fits, and of the others the first. */
export function troubles(faults: Fault[], at: "graph" | "login", pathAndQuery: string): readonly Trouble[] {
  const met: Trouble[] = [];
  for (const fault of [...faults]) {
    if ((fault.at ?? "graph") !== at || !(fault.path?.test(pathAndQuery) ?? true)) continue;
    if ((fault.after ?? 0) > 0) {
      fault.after = (fault.after ?? 0) - 1;
      continue;
    }
    if (fault.how.type !== "delay" && met.some(({ type }) => type !== "delay")) continue;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
    met.push(fault.how);
  }
  return met;
}

/** The refusal that a trouble is, where it is one that Graph words itself; `round` is what the request's token stands for. */
export function refusalOf(trouble: Trouble, request: GraphRequest, round?: Round): Refusal | undefined {
  switch (trouble.type) {
    case "throttle": {
      const { retryAfter = 0.128 } = trouble;
      return throttled(retryAfter === "none" ? undefined : String(retryAfter));
    }
    case "status": {
      const names: Readonly<Record<number, string>> = {
        502: "BadGateway",
        503: "ServiceUnavailable",
        504: "GatewayTimeout",
      };
      const code = names[trouble.status] ?? "InternalServerError";
      const wait = trouble.retryAfter === undefined ? {} : { "Retry-After": String(trouble.retryAfter) };
      return new Refusal(trouble.status, code, "The service cannot answer right now.", { headers: wait });
    }
    case "expired":
      return trouble.answer === "410 with Location" ? gone(round ?? asked(request)) : expired();
    case "unauthorized":
      return new Refusal(
        401,
        "InvalidAuthenticationToken",
        "Continuous access evaluation resulted in challenge.",
      );
    default:
      return undefined;
  }
}

function asked(request: GraphRequest): Parameters<typeof gone>[0] {
  const select = request.query.get("$select");
  const kind = request.path.startsWith("/groups") ? "group" : "user";
  return { kind, explicit: select !== null, select: select?.split(",") ?? [] };
}
