/** The exam that every implementation of the internal API sits. What it asks is what the rest of Rollcall relies on. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ItemError } from "../../src/errors.ts";
import { resources, type ScimApi } from "../../src/scim/api.ts";
import { buildResource, readAttributes } from "../../src/scim/build.ts";
import { sameValue } from "../../src/scim/compare.ts";
import { difference, overlay } from "../../src/scim/patch.ts";
import { knownPath } from "../../src/scim/path.ts";
import {
  type Attributes,
  ENTERPRISE_SCHEMA,
  type Kind,
  type StoredResource,
} from "../../src/scim/resource.ts";

/** What a service may lack without being useless to us. A service that lacks it says why, and the test is reported as left out. */
type Topic = "other case" | "if-match" | "unknown members";

export interface Examined {
  readonly api: ScimApi;
  close(): Promise<void>;
}

export interface ExamOptions {
  readonly open: () => Promise<Examined>;
  /** Topic -> the reason why this service cannot do it. */
  readonly cannot?: Readonly<Partial<Record<Topic, string>>>;
  /** How many users make several pages. Default 250. */
  readonly crowd?: number;
}

const MAIL = 'emails[type eq "work"].value';
const PHONE = 'phoneNumbers[type eq "mobile"].value';
const DEPARTMENT = `${ENTERPRISE_SCHEMA}:department`;
const MANAGER = `${ENTERPRISE_SCHEMA}:manager`;
const signal = new AbortController().signal;

export function exam(name: string, { open, cannot = {}, crowd = 250 }: ExamOptions): void {
  describe(`exam: ${name}`, () => {
    let examined: Examined;
    let api: ScimApi;
    beforeAll(async () => {
      examined = await open();
      api = examined.api;
    });
    afterAll(() => examined?.close());

    const fact = (title: string, topic: Topic | undefined, body: () => Promise<void>) => {
      const reason = topic === undefined ? undefined : cannot[topic];
      if (reason === undefined) test(title, body);
      else test.skip(`${title} [left out: ${reason}]`, body);
    };

    const person = (more: Attributes = {}): Attributes => {
      const id = randomUUID();
      const userName = `${id.slice(0, 8)}@example.com`;
      return {
        externalId: id,
        userName,
        displayName: "Ann Lee",
        "name.givenName": "Ann",
        "name.familyName": "Lee",
        [MAIL]: userName,
        ...more,
      };
    };
    const create = (attributes: Attributes) =>
      api.users.create(buildResource("user", attributes, { active: true }), { signal });
    const createGroup = () =>
      api.groups.create(
        buildResource("group", { externalId: randomUUID(), displayName: `Team ${randomUUID()}` }),
        { signal },
      );
    const read = async (kind: Kind, id: string): Promise<StoredResource> => {
      const found = await resources(api, kind).get(id, signal);
      if (found === undefined) throw new Error(`${kind} ${id} is gone`);
      return found;
    };
    /** Writes as the sync does: reads, compares, sends what differs the way that the target takes it. */
    const write = async (kind: Kind, id: string, desired: Attributes): Promise<void> => {
      const current = await read(kind, id);
      if (api.capabilities.update === "patch")
        await resources(api, kind).patch(id, difference(current, desired), { signal });
      else await resources(api, kind).replace(id, overlay(current, desired), { signal });
    };
    const expectHeld = async (kind: Kind, id: string, desired: Attributes): Promise<void> => {
      const held = await read(kind, id);
      const different = Object.entries(desired)
        .map(([text, value]) => ({ text, value, held: readAttributes(held, [text])[text] }))
        .filter((each) => !sameValue(knownPath(each.text), each.value, each.held));
      expect(different).toEqual([]);
    };
    const refusal = async (work: Promise<unknown>): Promise<string> => {
      const error = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return error instanceof ItemError ? error.code : `not refused: ${String(error)}`;
    };

    fact("a created user holds every value that was sent", undefined, async () => {
      const wanted = person({ title: "Engineer", [PHONE]: "+44 20 7946 0000" });
      const { id } = await create(wanted);
      await expectHeld("user", id, { ...wanted, active: true });
    });

    fact("values of any script and with any punctuation survive", undefined, async () => {
      const wanted = person({
        displayName: `Zoë O'Brien-Łuczak "Zo" 田中 🎺 C:\\x`,
        "name.familyName": "O'Brien",
      });
      const { id } = await create(wanted);
      await expectHeld("user", id, wanted);
    });

    fact("a user is found by userName and by externalId", undefined, async () => {
      const wanted = person();
      const { id } = await create(wanted);
      for (const attribute of ["userName", "externalId"]) {
        const found = await api.users.find(attribute, String(wanted[attribute]), signal);
        expect(found.map((each) => each.id)).toEqual([id]);
      }
    });

    fact("userName is looked up without regard to case", "other case", async () => {
      const wanted = person();
      const { id } = await create(wanted);
      const found = await api.users.find("userName", String(wanted["userName"]).toUpperCase(), signal);
      expect(found.map((each) => each.id)).toEqual([id]);
    });

    fact("externalId is looked up exactly", undefined, async () => {
      const wanted = person({ externalId: `x-${randomUUID()}` });
      await create(wanted);
      expect(await api.users.find("externalId", String(wanted["externalId"]).toUpperCase(), signal)).toEqual(
        [],
      );
    });

    fact("nobody is an empty list", undefined, async () => {
      expect(await api.users.find("userName", `${randomUUID()}@example.com`, signal)).toEqual([]);
      expect(await api.groups.find("displayName", randomUUID(), signal)).toEqual([]);
    });

    fact("an apostrophe, unicode and spaces in a looked-up value mean themselves", undefined, async () => {
      const userName = `o'brien+zoë & 田中 ${randomUUID()}@example.com`;
      const { id } = await create(person({ userName }));
      expect((await api.users.find("userName", userName, signal)).map((each) => each.id)).toEqual([id]);
    });

    fact("quotes and backslashes in a looked-up value mean themselves", undefined, async () => {
      const externalId = `a"b\\c" or userName pr or "${randomUUID()}`;
      const { id } = await create(person({ externalId }));
      expect((await api.users.find("externalId", externalId, signal)).map((each) => each.id)).toEqual([id]);
    });

    fact(
      "a second user with the same userName is refused, and the first stays as it is",
      undefined,
      async () => {
        const wanted = person();
        const { id } = await create(wanted);
        const twin = person({ userName: String(wanted["userName"]).toUpperCase() });
        expect(await refusal(create(twin))).toBe("uniqueness");
        await expectHeld("user", id, wanted);
      },
    );

    fact("renaming to a name that is taken is refused", undefined, async () => {
      const [first, second] = [person(), person()];
      await create(first);
      const { id } = await create(second);
      expect(await refusal(write("user", id, { userName: first["userName"] ?? null }))).toBe("uniqueness");
      await expectHeld("user", id, second);
    });

    fact("an update changes what differs and nothing else", undefined, async () => {
      const wanted = person({ title: "Engineer", [PHONE]: "+1" });
      const { id } = await create(wanted);
      const changed = {
        displayName: "Ann Smith",
        "name.familyName": "Smith",
        [MAIL]: `new-${wanted["userName"]}`,
      };
      await write("user", id, changed);
      await expectHeld("user", id, { ...wanted, ...changed, active: true });
    });

    fact("a value that was not there is added", undefined, async () => {
      const wanted = person();
      const { id } = await create(wanted);
      await write("user", id, { ...wanted, title: "Captain", [PHONE]: "+2" });
      await expectHeld("user", id, { ...wanted, title: "Captain", [PHONE]: "+2" });
    });

    fact("values are cleared", undefined, async () => {
      const wanted = person({ title: "Engineer", [PHONE]: "+1", nickName: "Annie" });
      const { id } = await create(wanted);
      await write("user", id, { title: null, [PHONE]: null, nickName: null });
      await expectHeld("user", id, { ...wanted, title: null, [PHONE]: null, nickName: null });
    });

    fact("parts of an address come, change and go", undefined, async () => {
      const part = (name: string) => `addresses[type eq "work"].${name}`;
      const { id } = await create(person());
      for (const wanted of [
        { [part("locality")]: "Leeds", [part("country")]: "GB" },
        { [part("locality")]: "York", [part("country")]: "GB" },
        { [part("locality")]: null, [part("country")]: "GB" },
        { [part("locality")]: null, [part("country")]: null },
      ]) {
        await write("user", id, wanted);
        await expectHeld("user", id, wanted);
      }
    });

    fact("a user is deactivated, found all the same, and reactivated", undefined, async () => {
      const wanted = person();
      const { id } = await create(wanted);
      await write("user", id, { active: false });
      await expectHeld("user", id, { ...wanted, active: false });
      expect(await api.users.find("userName", String(wanted["userName"]), signal)).toHaveLength(1);
      await write("user", id, { active: true });
      await expectHeld("user", id, { active: true });
    });

    fact("a renamed user is the same account and found by the new name alone", undefined, async () => {
      const wanted = person();
      const { id } = await create(wanted);
      const userName = `renamed-${wanted["userName"]}`;
      await write("user", id, { userName });
      expect((await api.users.find("userName", userName, signal)).map((each) => each.id)).toEqual([id]);
      expect(await api.users.find("userName", String(wanted["userName"]), signal)).toEqual([]);
    });

    fact("department and manager are set, changed and cleared", undefined, async () => {
      const [boss, other] = [await create(person()), await create(person())];
      const { id } = await create(person({ [DEPARTMENT]: "IT", [MANAGER]: boss.id }));
      await expectHeld("user", id, { [DEPARTMENT]: "IT", [MANAGER]: boss.id });
      await write("user", id, { [DEPARTMENT]: "Sales", [MANAGER]: other.id });
      await expectHeld("user", id, { [DEPARTMENT]: "Sales", [MANAGER]: other.id });
      await write("user", id, { [DEPARTMENT]: null, [MANAGER]: null });
      await expectHeld("user", id, { [DEPARTMENT]: null, [MANAGER]: null });
    });

    fact("the same change twice is harmless", undefined, async () => {
      const { id } = await create(person());
      const current = await read("user", id);
      const operations = difference(current, { title: "Twice", active: false });
      if (api.capabilities.update === "put") return write("user", id, { title: "Twice", active: false });
      for (const _ of [1, 2]) await api.users.patch(id, operations, { signal });
      await expectHeld("user", id, { title: "Twice", active: false });
    });

    fact("a change computed from an older version is refused", "if-match", async () => {
      const { id } = await create(person());
      const ifMatch = (await read("user", id)).meta?.version;
      await write("user", id, { title: "Meanwhile" });
      const late = overlay(await read("user", id), { title: "Too late" });
      expect(await refusal(api.users.replace(id, late, { signal, ifMatch }))).toBe("changed-meanwhile");
      await expectHeld("user", id, { title: "Meanwhile" });
    });

    fact("who does not exist is undefined when read, and not found when written", undefined, async () => {
      const { id } = await create(person());
      await api.users.delete(id, { signal });
      expect(await api.users.get(id, signal)).toBeUndefined();
      const change =
        api.capabilities.update === "patch"
          ? api.users.patch(id, [{ op: "replace", path: "active", value: false }], { signal })
          : api.users.replace(id, buildResource("user", person()), { signal });
      expect(await refusal(change)).toBe("not-found");
    });

    fact("deleting twice is done", undefined, async () => {
      const { id } = await create(person());
      await api.users.delete(id, { signal });
      await api.users.delete(id, { signal });
      const group = await createGroup();
      await api.groups.delete(group.id, { signal });
      await api.groups.delete(group.id, { signal });
      expect(await api.groups.get(group.id, signal)).toBeUndefined();
    });

    fact(
      "a group is found by name and externalId, renamed, and found by the new name alone",
      undefined,
      async () => {
        const group = await createGroup();
        const before = String(group["displayName"]);
        const externalId = String(group.externalId);
        const found = async (attribute: string, value: string) =>
          (await api.groups.find(attribute, value, signal)).map((each) => each.id);
        expect([await found("displayName", before), await found("externalId", externalId)]).toEqual([
          [group.id],
          [group.id],
        ]);
        const displayName = `Équipe d'élite ${randomUUID()}`;
        await write("group", group.id, { displayName });
        expect([await found("displayName", displayName), await found("displayName", before)]).toEqual([
          [group.id],
          [],
        ]);
      },
    );

    fact("a group whose name has quotes is found", undefined, async () => {
      const group = await createGroup();
      const displayName = `The "A" team ${randomUUID()}`;
      await write("group", group.id, { displayName });
      expect((await api.groups.find("displayName", displayName, signal)).map((each) => each.id)).toEqual([
        group.id,
      ]);
    });

    fact("a second group with the same name is refused", undefined, async () => {
      const group = await createGroup();
      const twin = buildResource("group", {
        externalId: randomUUID(),
        displayName: String(group["displayName"]),
      });
      expect(await refusal(api.groups.create(twin, { signal }))).toBe("uniqueness");
    });

    fact("members come and go in chunks, and a renamed group keeps them", undefined, async () => {
      const users = await Promise.all(Array.from({ length: 30 }, () => create(person())));
      const ids = users.map((each) => each.id);
      const group = await createGroup();
      for (const add of [ids.slice(0, 20), ids.slice(20)])
        await api.groups.changeMembers(group.id, { add, remove: [] }, { signal });
      expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids));
      await write("group", group.id, { displayName: `Renamed ${randomUUID()}` });
      expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids));
      const late = await create(person());
      await api.groups.changeMembers(group.id, { add: [late.id], remove: ids.slice(0, 29) }, { signal });
      expect(await api.groups.members(group.id, signal)).toEqual(new Set([ids[29], late.id]));
      await api.groups.changeMembers(group.id, { add: [], remove: [String(ids[29]), late.id] }, { signal });
      expect(await api.groups.members(group.id, signal)).toEqual(new Set());
    });

    fact("who of some is a member is told alike, whether or not all are asked for", undefined, async () => {
      const [inside, outside] = [await create(person()), await create(person())];
      const group = await createGroup();
      await api.groups.changeMembers(group.id, { add: [inside.id], remove: [] }, { signal });
      const some = [inside.id, outside.id, randomUUID()];
      const { among } = api.groups;
      if (among !== undefined) expect(await among(group.id, some, signal)).toEqual(new Set([inside.id]));
      expect(await api.groups.members(group.id, signal)).toEqual(new Set([inside.id]));
    });

    fact("a member who is in already is not added twice", undefined, async () => {
      const { id } = await create(person());
      const group = await createGroup();
      for (const _ of [1, 2]) await api.groups.changeMembers(group.id, { add: [id], remove: [] }, { signal });
      await api.groups.changeMembers(group.id, { add: [], remove: [id] }, { signal });
      expect(await api.groups.members(group.id, signal)).toEqual(new Set());
    });

    fact("a member who does not exist is refused", "unknown members", async () => {
      const group = await createGroup();
      const change = api.groups.changeMembers(group.id, { add: [randomUUID()], remove: [] }, { signal });
      expect(["unresolved", "invalid-value"]).toContain(await refusal(change));
      expect(await api.groups.members(group.id, signal)).toEqual(new Set());
    });

    fact("who is deleted is in no group any more", undefined, async () => {
      const { id } = await create(person());
      const group = await createGroup();
      await api.groups.changeMembers(group.id, { add: [id], remove: [] }, { signal });
      await api.users.delete(id, { signal });
      expect(await api.groups.members(group.id, signal)).toEqual(new Set());
    });

    fact("changing the members of a group that is gone is not found", undefined, async () => {
      const [{ id }, group] = [await create(person()), await createGroup()];
      await api.groups.delete(group.id, { signal });
      expect(await refusal(api.groups.changeMembers(group.id, { add: [id], remove: [] }, { signal }))).toBe(
        "not-found",
      );
      expect(await refusal(api.groups.members(group.id, signal))).toBe("not-found");
    });

    fact("a list over several pages shows everybody once, groups without members", undefined, async () => {
      const made: string[] = [];
      for (let at = 0; at < crowd; at += 50)
        made.push(
          ...(
            await Promise.all(Array.from({ length: Math.min(50, crowd - at) }, () => create(person())))
          ).map((each) => each.id),
        );
      const listed: string[] = [];
      for await (const each of api.users.list(signal)) listed.push(each.id);
      expect(new Set(made).difference(new Set(listed))).toEqual(new Set());
      expect(new Set(listed).size).toBe(listed.length);
      expect(await api.users.count(signal)).toBe(listed.length);
      for await (const group of api.groups.list(signal)) expect(group["members"]).toBeUndefined();
    });

    fact(
      "an attribute that the target cannot look up by is refused before it is asked",
      undefined,
      async () => {
        expect(await refusal(api.users.find("nickName", "Annie", signal))).toBe("mutability");
        expect(await refusal(api.users.find("__proto__", "Annie", signal))).toBe("mutability");
      },
    );

    fact("an aborted call ends with the reason of the signal and does nothing", undefined, async () => {
      const reason = new Error("stopping");
      const before = await api.users.count(signal);
      await expect(
        api.users.create(buildResource("user", person()), { signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason);
      expect(await api.users.count(signal)).toBe(before);
    });

    fact("the probe finds nothing wrong and writes nothing", undefined, async () => {
      const before = [await api.users.count(signal), await api.groups.count(signal)];
      const findings = await api.probe(signal);
      expect(findings.filter(({ ok }) => ok === false)).toEqual([]);
      expect(findings.length).toBeGreaterThan(0);
      expect([await api.users.count(signal), await api.groups.count(signal)]).toEqual(before);
    });
  });
}
