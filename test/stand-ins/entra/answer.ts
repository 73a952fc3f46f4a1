import { randomUUID } from "node:crypto";
import { iso } from "./entity.ts";

/** A request below `/v1.0`, whether it came by itself or inside a batch. */
export interface GraphRequest {
  readonly method: string;
  /** Without query, decoded: `/users/delta`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why the service does not do it; becomes its error body. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Finer codes inside `innerError`. */
  readonly inner: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly inner?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.inner = more.inner ?? {};
  }
}

export function badRequest(message: string, code = "Request_BadRequest"): Refusal {
  return new Refusal(400, code, message);
}

export function notFound(id: string): Refusal {
  return new Refusal(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

export function denied(): Refusal {
  const message = "Insufficient privileges to complete the operation.";
  return new Refusal(403, "Authorization_RequestDenied", message, { headers: { "x-ms-resource-unit": "1" } });
}

const JSON_TYPE =
  "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

export function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { "Cache-Control": "no-cache", "OData-Version": "4.0", "Content-Type": JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  };
}

/** The error body of Microsoft Graph; `date` has no time zone there. */
export function refused(refusal: Refusal, request: GraphRequest, now: number): Answer {
  const id = randomUUID();
  const innerError = {
    ...refusal.inner,
    date: iso(now).slice(0, -1),
    "request-id": id,
    "client-request-id": request.headers["client-request-id"] ?? id,
  };
  return {
    status: refusal.status,
    headers: {
      "Cache-Control": "no-cache",
      "Content-Type": "application/json",
      "request-id": id,
      ...refusal.headers,
    },
    body: JSON.stringify({ error: { code: refusal.code, message: refusal.message, innerError } }),
  };
}
