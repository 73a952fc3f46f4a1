/** A cloud full of people who came long ago, and what was asked of it. */
import { entraFor, entraSection } from "./entra.ts";
import { oktaFor, oktaSection } from "./okta.ts";
import type { Sections, Site } from "./site.ts";

/** Requests by stream of changes; what is none (logins, who the organisation is) stands under "around". */
export type Asked = Readonly<Record<string, number>>;

export interface Crowd {
  readonly source: Sections;
  /** A new title for so many people of the department. */
  changePeople(count: number): void;
  /** So many people of the department join groups, ten people a group. */
  joinGroups(count: number): void;
  /** Requests since it was asked last. */
  asked(): Asked;
  stop(): Promise<void>;
}

/** One in ten works there. */
export const DEPARTMENT = "Sales";
const LONG_AGO_MS = 400 * 86_400_000;
const GROUPS = 20;
const JOINING = 10;

function departmentOf(at: number): string {
  return at % 10 === 0 ? DEPARTMENT : "Research";
}

export async function entraCrowd(site: Site, people: number): Promise<Crowd> {
  const tenant = await entraFor(site, { switches: { deltaPageSize: 1000 } });
  const createdDateTime = new Date(site.clock.now() - LONG_AGO_MS).toISOString();
  const ids = Array.from({ length: people }, (_, at) =>
    tenant.createUser({
      userPrincipalName: `person${at}@contoso.example`,
      department: departmentOf(at),
      createdDateTime,
    }),
  );
  const department = ids.filter((_, at) => departmentOf(at) === DEPARTMENT);
  const groups = Array.from({ length: GROUPS }, (_, at) =>
    tenant.createGroup({ displayName: `Team ${at}`, createdDateTime }, department.slice(at, at + 2)),
  );
  return {
    source: entraSection(site, tenant),
    ...changes({
      title: (id, jobTitle) => tenant.updateUser(id, { jobTitle }),
      join: (group, id) => tenant.addMember(group, id),
      department,
      groups,
    }),
    asked() {
      const asked = { ...tenant.requests.counts(), around: tenant.requests.logins() };
      tenant.requests.clear();
      return asked;
    },
    stop: () => tenant.stop(),
  };
}

export async function oktaCrowd(site: Site, people: number): Promise<Crowd> {
  const okta = await oktaFor(site);
  const longAgo = <T>(act: () => T) => okta.log.silently(() => okta.circumstances.ago(LONG_AGO_MS, act));
  const { department, groups } = longAgo(() => {
    const ids = Array.from({ length: people }, (_, at) =>
      okta.users.create({ login: `person${at}@example.com`, department: departmentOf(at) }),
    );
    const department = ids.filter((_, at) => departmentOf(at) === DEPARTMENT);
    const groups = Array.from({ length: GROUPS }, (_, at) => {
      const group = okta.groups.create(`Team ${at}`);
      for (const id of department.slice(at, at + 2)) okta.groups.add(group, id);
      return group;
    });
    return { department, groups };
  });
  return {
    source: oktaSection(site, okta),
    ...changes({
      title: (id, title) => okta.users.updateProfile(id, { title }),
      join: (group, id) => okta.groups.add(group, id),
      department,
      groups,
    }),
    asked() {
      const asked: Record<string, number> = { around: 0 };
      for (const { endpoint } of okta.requests) {
        const stream = endpoint === "other" ? "around" : endpoint;
        asked[stream] = (asked[stream] ?? 0) + 1;
      }
      okta.forgetRequests();
      return asked;
    },
    stop: () => okta.stop(),
  };
}

function changes(crowd: {
  readonly title: (id: string, title: string) => void;
  readonly join: (group: string, id: string) => void;
  readonly department: readonly string[];
  readonly groups: readonly string[];
}): Pick<Crowd, "changePeople" | "joinGroups"> {
  const { title, join, department, groups } = crowd;
  return {
    changePeople(count) {
      for (const id of department.slice(0, count)) title(id, "Head");
    },
    joinGroups(count) {
      const joining = department.slice(-count);
      for (const [at, id] of joining.entries()) join(groups[Math.floor(at / JOINING)] ?? "", id);
    },
  };
}
