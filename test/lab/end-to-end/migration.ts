import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../src/commands/run.ts";
import { systemClock } from "../../../src/commands/system-clock.ts";
import type { RunningService } from "../scim-services.ts";

/** An account as a service holds it, as far as these tests look. */
export interface Account {
  readonly id: string;
  readonly userName: string;
  readonly externalId?: string;
  readonly active?: boolean;
  readonly [attribute: string]: unknown;
}

/** How a command line ended. */
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with a configuration, and whole command lines in it. */
export class Migration {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-migration-"));

  configure(sections: Readonly<Record<string, unknown>>): void {
    writeFileSync(join(this.folder, "rollcall.yaml"), JSON.stringify({ state: "./state", ...sections }));
  }

  /** A file that its owner alone may read. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  target(service: RunningService): Readonly<Record<string, unknown>> {
    return { type: "scim", baseUrl: service.baseUrl, token: { file: this.file("app-token", service.token) } };
  }

  /** Words with spaces stand in quotation marks, as in a shell. */
  async rollcall(line: string): Promise<Ended> {
    const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    const said = { out: "", err: "" };
    const output = (name: "out" | "err") => ({
      isTerminal: false,
      columns: 100,
      write: (text: string) => {
        said[name] += text;
      },
    });
    const { signal } = new AbortController();
    const code = await run([...argv, "--config", join(this.folder, "rollcall.yaml")], {
      ...{ stdout: output("out"), stderr: output("err"), environment: {}, clock: systemClock },
      ...{ signal, abort: signal, ask: undefined },
    });
    return { code, ...said };
  }

  /** What was sent to the target by one connection: action -> how often it was done. */
  async done(connection: string): Promise<Readonly<Record<string, number>>> {
    const { out } = await this.rollcall(`log ${connection} --json --limit 0`);
    const counts: Record<string, number> = {};
    for (const line of out.trim().split("\n").filter(Boolean)) {
      const { event, action, outcome } = JSON.parse(line) as Record<string, string>;
      if (event === "attempt" && outcome === "done") counts[action ?? ""] = (counts[action ?? ""] ?? 0) + 1;
    }
    return counts;
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A service as another client sees it, who was there before. */
export class OtherClient {
  readonly #service: RunningService;

  constructor(service: RunningService) {
    this.#service = service;
  }

  async create(kind: "Users" | "Groups", resource: Readonly<Record<string, unknown>>): Promise<string> {
    const schema = `urn:ietf:params:scim:schemas:core:2.0:${kind === "Users" ? "User" : "Group"}`;
    const { id } = (await this.#ask("POST", `/${kind}`, { schemas: [schema], ...resource })) as Account;
    return id;
  }

  /** Every account, by its id. */
  async accounts(): Promise<ReadonlyMap<string, Account>> {
    const { Resources = [] } = (await this.#ask("GET", "/Users?count=100")) as { Resources?: Account[] };
    return new Map(Resources.map((each) => [each.id, each]));
  }

  /** Ids of the members of a group. */
  async members(id: string): Promise<readonly string[]> {
    const { members = [] } = (await this.#ask("GET", `/Groups/${id}`)) as { members?: { value: string }[] };
    return members.map(({ value }) => value).sort();
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const { baseUrl, token } = this.#service;
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
