import { expect, test } from "vitest";
import { Certificates } from "./stand-in.ts";

test("groups with many members fill pages of some thousand members, not of some hundred groups", async () => {
  const certificates = await Certificates.create();
  const directory = await certificates.directory();
  try {
    const people = Array.from({ length: 900 }, (_, index) => directory.objects.person(`p${index}`));
    for (let index = 0; index < 20; index++) directory.objects.group(`g${index}`, people);
    const source = certificates.source(directory);
    const members: number[] = [];
    for await (const { changes } of source.poll(undefined, AbortSignal.timeout(15_000)))
      members.push(changes.reduce((sum, one) => sum + (one.type === "members" ? one.ids.length : 0), 0));
    expect(members.reduce((sum, count) => sum + count, 0)).toBe(20 * 900);
    expect(Math.max(...members)).toBeLessThan(7000);
    await source.close();
  } finally {
    await directory.stop();
    await certificates.remove();
  }
});
