import { afterEach, expect, test } from "vitest";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { openScim } from "../targets/open-scim.ts";
import { worlds } from "../world.ts";
import { undo } from "./undo.ts";

const world = worlds();
const services: ScimService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

/** Everything that the service holds but its own versions and times, by external id. */
function held(service: ScimService): Record<string, unknown> {
  const all = [...service.store.all("Users"), ...service.store.all("Groups")];
  return Object.fromEntries(
    all.map(({ meta: _meta, ...each }) => {
      const members = each["members"];
      const sorted = Array.isArray(members)
        ? { members: members.map((member) => (member as { value: string }).value).sort() }
        : {};
      return [each["externalId"], { ...each, ...sorted }];
    }),
  );
}

test.each([
  ["PATCH", {}, {}],
  ["PUT", { putOnly: true }, { update: "put" }],
])(
  "over %s everything that a run changed is as it was before, and no sync changes it again",
  async (_name, switches, quirks) => {
    const service = await startScimService({ switches });
    services.push(service);
    const w = world();
    w.target = async () => {
      const { api, close } = await openScim(service, { more: { quirks } });
      return { ...api, close };
    };
    w.directory
      .people("p", 14)
      .person("ann", { title: "Engineer", mail: "ann@example.com", manager: "p0001" })
      .group("team", ["ann", "p0001", "p0002"]);
    expect((await w.sync()).outcome).toBe("done");
    const before = held(service);

    w.directory
      .person("ann", { login: "anna@example.com", title: "Lead", manager: "p0002" })
      .clear("ann", "mail")
      .person("p0003", { enabled: false })
      .remove("p0001")
      .leave("team", "p0002")
      .join("team", "p0004")
      .group("team", ["ann", "p0004"], { name: "The team" });
    const { run, outcome } = await w.sync();
    expect(outcome).toBe("done");
    expect(held(service)).not.toEqual(before);

    const { tally } = await undo(w, run);
    expect(tally.failures).toEqual([]);
    expect(held(service)).toEqual(before);
    service.log.length = 0;
    await w.sync();
    await w.sync({ reconcile: true });
    expect(service.log.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(held(service)).toEqual(before);
  },
);
