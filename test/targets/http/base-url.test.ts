import { expect, test } from "vitest";
import { loopbackOnly } from "../../../src/targets/http/base-url.ts";

function resolved(hostname: string, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    loopbackOnly(hostname, { all }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
}

test("a name of this machine is resolved, in both forms that are asked for", async () => {
  expect(await resolved("127.0.0.1", false)).toBe("127.0.0.1");
  expect(await resolved("127.0.0.1", true)).toEqual([{ address: "127.0.0.1", family: 4 }]);
  expect(await resolved("localhost", false)).toMatch(/^(127\.|::1$)/);
});

test.each(["10.0.0.1", "0.0.0.0", "::ffff:10.0.0.1"])(
  "what resolves to %s is refused, whatever it is called",
  async (address) => {
    await expect(resolved(address, true)).rejects.toMatchObject({ code: "ERR_NOT_LOOPBACK" });
    await expect(resolved(address, false)).rejects.toMatchObject({ code: "ERR_NOT_LOOPBACK" });
  },
);
