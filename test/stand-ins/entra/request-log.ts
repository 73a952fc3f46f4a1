/** One request that arrived. */
export interface LoggedRequest {
  readonly at: "graph" | "login";
  readonly method: string;
  /** Below `/v1.0` for Graph; ids and tokens as they came. */
  readonly path: string;
  /** With its question mark, undecoded; empty without one. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Undefined while it is in flight and when the connection was cut. */
  status?: number;
}

/** What arrived, in order, with counts. */
export class RequestLog {
  readonly all: LoggedRequest[] = [];
  /** Called with each request before it is answered; what it changes shows in the answer. */
  heard: (request: LoggedRequest) => void = () => {};
  inFlight = 0;
  mostInFlight = 0;

  /** Requests to Graph whose path, below `/v1.0`, fits; those to the login authority are counted by `logins`. */
  count(path?: RegExp): number {
    return this.to("graph").filter((request) => path?.test(request.path) ?? true).length;
  }

  logins(): number {
    return this.to("login").filter((request) => request.path.endsWith("/token")).length;
  }

  to(at: "graph" | "login"): readonly LoggedRequest[] {
    return this.all.filter((request) => request.at === at);
  }

  /** Counts by path, with `{id}` for ids. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { path } of this.to("graph")) {
      const shape = path.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "{id}");
      counts[shape] = (counts[shape] ?? 0) + 1;
    }
    return counts;
  }

  clear(): void {
    this.all.length = 0;
    this.mostInFlight = this.inFlight;
  }
}
