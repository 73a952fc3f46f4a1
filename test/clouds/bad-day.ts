/** A directory on a bad day: what a sync says then, and that it cost nobody anything. */
import { expect } from "vitest";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { type Ended, type Sections, Site } from "./site.ts";

/** What administrators do in a cloud, and how it stands in the configuration. */
export interface Cloud {
  readonly source: (more?: Sections) => Sections;
  /** Answers the id. */
  readonly create: (login: string) => string;
  readonly retitle: (id: string, title: string) => void;
  readonly disable: (id: string) => void;
  readonly delete: (id: string) => void;
  readonly createGroup: (name: string, members: readonly string[]) => string;
  readonly leave: (group: string, member: string) => void;
  readonly stop: () => Promise<void>;
}

/** Days that a site may have; each takes other people. */
const MOST_DAYS = 40;
const BETWEEN_CYCLES_MS = 40 * 60_000;
const SCREEN_WIDTH = 100;
/** No guard may be what saves anybody here. */
const limits = { neverHoldBelow: 10_000 };

/** What the snapshot holds for certain: where the next read begins, what the target has, and who is there. */
const CERTAIN = {
  cursor: "select text, run from cursor",
  accounts: "select source_id, applied, applied_intent, target_id from resource order by id",
  members: "select grp, usr from membership where applied = 1 order by grp, usr",
} as const;
const ALL = { records: "select resource.id, presence, record from resource join wide using (id) order by 1" };

export class BadDays {
  readonly site: Site;
  readonly service: ScimService;
  readonly cloud: Cloud;
  readonly #people: readonly string[];
  /** Two, so that changes of groups may come in pages. */
  readonly #groups: readonly string[];
  #days = 0;

  private constructor(site: Site, service: ScimService, cloud: Cloud) {
    this.site = site;
    this.service = service;
    this.cloud = cloud;
    this.#people = Array.from({ length: MOST_DAYS * 4 }, (_, at) => cloud.create(`person${at}`));
    this.#groups = ["Team", "Project"].map((name) => cloud.createGroup(name, this.#people));
  }

  /** Everybody is at the target. */
  static async begin(cloudFor: (site: Site) => Promise<Cloud>): Promise<BadDays> {
    const site = new Site();
    const days = new BadDays(site, await startScimService(), await cloudFor(site));
    days.configure();
    const { code, screen } = await days.sync();
    expect(code, screen).toBe(0);
    return days;
  }

  configure(source: Sections = {}): void {
    const token = { file: this.site.secret("app-token", this.service.token) };
    const target = { type: "scim", baseUrl: this.service.baseUrl, token };
    this.site.configure(this.cloud.source(source), target, { limits });
  }

  /** When the next cycle is due. */
  async sync(...options: readonly string[]): Promise<Ended> {
    this.site.clock.pass(BETWEEN_CYCLES_MS);
    return await this.site.rollcall(["sync", ...options].join(" "));
  }

  /**
   * Somebody is deleted, disabled, renamed, leaves a group and comes, while something goes wrong; then it is mended. Answers what the sync
   * in between was. `read`: how much of the directory was read before it went wrong.
   */
  async day(wrong: {
    readonly breaks: () => void;
    readonly mends: () => void;
    readonly read: "nothing" | "a part";
    readonly options?: readonly string[];
  }): Promise<Ended> {
    const [deleted = "", disabled = "", retitled = "", left = ""] = this.#people.slice(this.#days * 4);
    this.#days += 1;
    const newcomer = `newcomer${this.#days}`;
    const { cloud } = this;
    cloud.delete(deleted);
    cloud.disable(disabled);
    cloud.retitle(retitled, "Head");
    for (const group of this.#groups) cloud.leave(group, left);
    cloud.create(newcomer);
    const before = this.#held(wrong.read);
    wrong.breaks();
    const ended = await this.sync(...(wrong.options ?? []));
    wrong.mends();
    if (ended.code !== 0) expect(this.#held(wrong.read), ended.screen).toEqual(before);
    const good = await this.sync();
    expect(good.code, good.screen).toBe(0);
    expect(this.#active(deleted)).toBe(false);
    expect(this.#active(disabled)).toBe(false);
    expect(this.#account(retitled)).toMatchObject({ active: true, title: "Head" });
    expect(this.#active(left)).toBe(true);
    const logins = this.service.store.all("Users").map((user) => String(user["userName"]));
    expect(logins.filter((login) => login.startsWith(`${newcomer}@`))).toHaveLength(1);
    for (const members of this.#members()) {
      expect(members).toHaveLength(this.#people.length - 2 * this.#days);
      expect(members).not.toContain(this.#account(left)?.["id"]);
    }
    return ended;
  }

  async end(): Promise<void> {
    await this.cloud.stop();
    await this.service.stop();
    this.site.end();
  }

  #held(read: "nothing" | "a part"): unknown {
    const questions = read === "nothing" ? { ...CERTAIN, ...ALL } : CERTAIN;
    const snapshot = Object.entries(questions).map(([name, sql]) => [name, this.site.ask(sql)]);
    const writes = this.service.count("POST", "PUT", "PATCH", "DELETE");
    return structuredClone({ ...Object.fromEntries(snapshot), writes });
  }

  #account(id: string): Readonly<Record<string, unknown>> | undefined {
    return this.service.store.all("Users").find((user) => user["externalId"] === id);
  }

  #active(id: string): unknown {
    return this.#account(id)?.["active"];
  }

  /** Of each group. */
  #members(): readonly (readonly unknown[])[] {
    return this.service.store
      .all("Groups")
      .map((group) => ((group["members"] ?? []) as { value?: unknown }[]).map(({ value }) => value));
  }
}

/** What a sync that failed is to say: the sentence, and what to do. */
export function expectProblem(
  ended: Ended,
  code: number,
  [message, hint]: readonly [message: string, hint: string],
): void {
  expect(ended.said).toContain(`problem ${message} ${hint} `);
  expect(ended.said).toMatch(/Failed after [^;]+; nothing was written\. $/);
  expect(ended.said.includes("quarantine the connection is in quarantine")).toBe(code === 5);
  expect(ended.code).toBe(code);
  const printed = ended.screen.split("\n").filter((line) => !line.startsWith("{"));
  expect(printed.filter((line) => line.length > SCREEN_WIDTH)).toEqual([]);
}

/** Where something else answers in its place a person has to look, and the connection waits for that; everything else may pass by itself. */
export function codeOf(title: string): 1 | 5 {
  return /^a (portal|gateway that)/.test(title) ? 5 : 1;
}

/** The hint of what passes by itself. */
export const NOTHING_LOST = "nothing is lost: the next sync goes on where the last good one ended";
