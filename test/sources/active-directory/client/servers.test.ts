import { describe, expect, test } from "vitest";
import { TransientError } from "../../../../src/errors.ts";
import { discover } from "../../../../src/sources/active-directory/client/servers.ts";

const record = (name: string, priority: number, weight: number) => ({ name, priority, weight, port: 389 });
const signal = new AbortController().signal;

describe("finding domain controllers by SRV record", () => {
  test("asks for those of the domain, lowest priority first, over LDAPS", async () => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return [record("far.corp.example", 10, 100), record("near.corp.example.", 0, 100)];
    };
    const found = await discover("corp.example", resolve, () => 0, signal);
    expect(asked).toEqual(["_ldap._tcp.dc._msdcs.corp.example"]);
    expect(found.map(({ url }) => url)).toEqual(["ldaps://near.corp.example", "ldaps://far.corp.example"]);
    expect(found.every(({ startTls, port }) => !startTls && port === 636)).toBe(true);
  });

  test("within a priority, weight decides how often who comes first", async () => {
    const resolve = async () => [record("light", 0, 10), record("heavy", 0, 90), record("none", 0, 0)];
    const firsts = new Map<string, number>();
    for (let step = 0; step < 100; step++) {
      const [first] = await discover("corp.example", resolve, () => (step + 0.5) / 100, signal);
      firsts.set(first?.host ?? "", (firsts.get(first?.host ?? "") ?? 0) + 1);
    }
    expect([firsts.get("light"), firsts.get("heavy")]).toEqual([10, 90]);
  });

  test("every record is used once", async () => {
    const resolve = async () => [record("a", 0, 0), record("b", 0, 0), record("c", 0, 5)];
    for (const random of [0, 0.5, 0.999999]) {
      const found = await discover("corp.example", resolve, () => random, signal);
      expect(found.map(({ host }) => host).sort()).toEqual(["a", "b", "c"]);
    }
  });

  test("a domain that DNS does not know may be known later", async () => {
    const failing = discover(
      "corp.example",
      () => Promise.reject(new Error("ENOTFOUND")),
      () => 0,
      signal,
    );
    await expect(failing).rejects.toBeInstanceOf(TransientError);
    await expect(
      discover(
        "corp.example",
        async () => [],
        () => 0,
        signal,
      ),
    ).rejects.toThrow(/SRV record/);
  });
});
