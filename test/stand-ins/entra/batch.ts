import { type Answer, badRequest, type GraphRequest, json } from "./answer.ts";

const MOST = 20;

interface Inner {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly dependsOn?: readonly string[];
}

interface InnerAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `$batch`: up to 20 requests, answered in another order than asked; 200 outside says nothing about the inside. */
export function answerBatch(request: GraphRequest, answer: (inner: GraphRequest) => Answer): Answer {
  if (request.method !== "POST") throw badRequest("$batch takes POST only.", "BadRequest");
  const requests = parse(request.body ?? "");
  const answers = new Map<string, InnerAnswer>();
  for (const inner of requests) {
    const broken = inner.dependsOn?.some((id) => (answers.get(id)?.status ?? 500) >= 400) ?? false;
    answers.set(inner.id, broken ? failedDependency(inner) : one(inner, request, answer));
  }
  return json({ responses: [...answers.values()].reverse() });
}

function one(inner: Inner, outer: GraphRequest, answer: (inner: GraphRequest) => Answer): InnerAnswer {
  const url = new URL(inner.url.replace(/^\/?/, "/"), "https://batch.invalid");
  const lower = Object.entries(inner.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const { status, headers, body } = answer({
    method: inner.method,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: { ...Object.fromEntries(lower), authorization: outer.headers["authorization"] },
  });
  const isJson = headers["Content-Type"]?.startsWith("application/json") ?? false;
  return { id: inner.id, status, headers, body: isJson ? JSON.parse(body) : body };
}

function failedDependency(inner: Inner): InnerAnswer {
  const error = { code: "FailedDependency", message: "A request that this one depends on failed." };
  return { id: inner.id, status: 424, headers: { "Content-Type": "application/json" }, body: { error } };
}

function parse(body: string): readonly Inner[] {
  let parsed: { readonly requests?: readonly Partial<Inner>[] };
  try {
    parsed = JSON.parse(body) as typeof parsed;
  } catch {
    throw badRequest("The batch payload is no JSON.", "BadRequest");
  }
  const requests = parsed.requests ?? [];
  if (requests.length === 0 || requests.length > MOST)
    throw badRequest(`A batch holds 1 to ${MOST} requests, not ${requests.length}.`, "BadRequest");
  const ids = new Set(requests.map(({ id }) => id));
  const whole = requests.every(
    ({ id, method, url, dependsOn }) =>
      typeof id === "string" &&
      typeof method === "string" &&
      typeof url === "string" &&
      !/^https?:/i.test(url) &&
      (dependsOn ?? []).every((one) => ids.has(one)),
  );
  if (!whole || ids.size !== requests.length)
    throw badRequest("Each request of a batch has a unique id, a method and a relative url.", "BadRequest");
  return requests as readonly Inner[];
}
