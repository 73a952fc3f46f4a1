import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csvRecords } from "../../src/commands/output/csv.ts";
import { Desk } from "./desk.ts";

/** What a directory, a server or a person at a keyboard may send to whoever looks at it. */
const hostile = {
  escape: "\u001b[2J\u001b]0;title\u0007\u001b[31mred\u009b1m",
  bidi: "ann\u202egnp.exe\u2066x\u200b\ufeff",
  lines: "one\ntwo\r\nthree\u2028four\u2029five\u0085six",
  nul: "a\u0000b\u007fc",
  surrogates: "\ud800x\udc00",
  tags: "a\u{e0041}\u{e007f}\u3164",
  formula: "=cmd|'/C calc'!A0",
  separator: 'x;=1+1,"y"',
  wide: "田中 太郎 👩‍👩‍👧 e\u0301\u0323",
  long: `${"Wolfeschlegelsteinhausen".repeat(8)} ${"x".repeat(300)}`,
  huge: `\u202e${"\u001b[1m太".repeat(200_000)}`,
} as const;

const names = Object.keys(hostile) as (keyof typeof hostile)[];
const all = Object.values(hostile)
  .filter((text) => text.length < 1000)
  .join(" ");
let desk: Desk;

/** Everything about everybody is hostile: ids, names, values, groups, what a server answers, and what people say. */
beforeAll(async () => {
  desk = new Desk();
  for (const name of names) {
    const text = hostile[name];
    desk.directory.person(`${name} ${text.slice(0, 40)}`, {
      login: `${name}@example.com ${text.slice(0, 2000)}`,
      name: text,
      title: text,
      department: text.slice(0, 5000),
      mail: `${name}@example.com`,
    });
  }
  const ids = names.map((name) => `${name} ${hostile[name].slice(0, 40)}`);
  desk.directory.people("u", 20).group(`g ${hostile.escape}`, ids, { name: `team ${all}` });
  await desk.run("sync");
  for (const id of ids) desk.directory.person(id, { title: `other ${hostile.bidi}`, department: "" });
  for (let n = 0; n < 12; n++)
    desk.directory.person(`u00${String(n).padStart(2, "0")}`, { enabled: false, name: hostile.escape });
  desk.directory.leave(`g ${hostile.escape}`, ids[0] ?? "").person("nobody", { login: "", name: all });
  await desk.run("sync");
  const quoted = `'${all.replaceAll("'", "''").replaceAll("\u0000", "")}'`;
  desk.tamper(
    `update resource set failing_since = 1, failures = 2, error = ${quoted} where source_id in ('u0015', 'u0016');
     update resource set label = substr(label, 1, 6) || source_id || ${quoted} where source_id < 'u';
     update wide set body = json_set(body, '$.displayName', ${quoted}, '$.title', ${quoted}),
       applied = json_set(applied, '$.displayName', ${quoted}, '$.title', 'x' || ${quoted}) where body <> '{}';
     update run set message = ${quoted};
     update hold set message = ${quoted};`,
  );
  await desk.run(["held", "reject", "--only", "u0003@example.com", "--reason", all]);
  await desk.run(["pause", "--reason", all]);
  desk.directory.person("late", { login: `late ${hostile.bidi}`, name: all });
}, 120_000);
afterAll(() => desk[Symbol.dispose]());

const person = () => `bidi ${hostile.bidi.slice(0, 40)}`;

const screens: readonly (readonly string[])[] = [
  ["plan"],
  ["plan", "--verbose", "--limit", "0"],
  ["plan", "--offline", "--verbose"],
  ["plan", "--user", "u0015@example.com"],
  ["plan", "--user", `nobody ${all}`],
  ["sync"],
  ["sync", "--user", "u0015@example.com"],
  ["status", "--verbose"],
  ["explain", "wide@example.com"],
  ["explain", "huge@example.com"],
  ["explain", "u0003@example.com", "--verbose"],
  ["explain", `nobody ${all}`],
  ["explain", `team ${all}`],
  ["log", "--verbose", "--limit", "0"],
  ["log", "--user", "lines@example.com"],
  ["held", "list", "--limit", "0", "--rejected"],
  ["held", "show", "all", "--limit", "0"],
  ["held", "show", all],
  ["survey"],
  ["quarantine"],
  ["connection"],
  ["report", "leavers", "--limit", "0"],
  ["report", "access", "--limit", "0"],
  ["report", "approvals", "--limit", "0"],
  ["undo", "2", "--limit", "0", "--verbose"],
  ["retry", all],
  ["unlink", person()],
  ["link", person(), all],
  ["test"],
  ["validate"],
  ["status", all],
  [all],
  ["plan", `--${all}`],
];

/** Line ends are ours; an emoji may be joined. Colours are ours where they were asked for. */
function raw(text: string): readonly string[] {
  const bare = text
    .replaceAll(
      /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/gu,
      "",
    )
    .split("\r\u001b[2K")
    .join("")
    .split("\u001b[")
    .map((part, at) => (at === 0 ? part : part.replace(/^\d+m/, "")))
    .join("");
  return bare
    .replaceAll("\r\n", "\n")
    .split("\n")
    .filter((line) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line))
    .map((line) => JSON.stringify(line.slice(0, 300)));
}

describe("nothing raw reaches a terminal", () => {
  test.each(screens.map((argv) => [argv.join(" ").slice(0, 30), argv] as const))("%j", async (_, argv) => {
    for (const seat of [
      { columns: 80, environment: { NO_COLOR: "1" } },
      { columns: 120, environment: { FORCE_COLOR: "1" } },
    ]) {
      const { out, err } = await desk.run(argv, seat);
      expect(raw(out), "standard output").toEqual([]);
      expect(raw(err), "standard error").toEqual([]);
      // Whatever somebody's name is, a screen is a screen.
      expect(Math.max(0, ...out.split("\n").map((line) => line.length))).toBeLessThan(20_000);
    }
  });
});

test.each(screens.map((argv) => [argv.join(" ").slice(0, 30), argv] as const))(
  "as JSON %j says exactly what there is, in characters that can be seen",
  async (_, argv) => {
    const { out } = await desk.run([...argv, "--json"]);
    for (const line of out.split("\n").slice(0, -1)) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  },
);

const tables: readonly (readonly string[])[] = [
  ["survey", "--csv"],
  ["report", "leavers", "--csv"],
  ["report", "access", "--csv"],
  ["report", "approvals", "--csv"],
  ["log", "--csv"],
  ["links", "export"],
];

test.each(tables.map((argv) => [argv.join(" "), argv] as const))(
  "the file of %j has no cell that is calculated, and nothing that is not seen",
  async (_, argv) => {
    const file = join(desk.folder, `${argv.join("-")}.csv`);
    expect(await desk.run([...argv, file])).toMatchObject({ code: 0 });
    const text = readFileSync(file, "utf8");
    const lines = text.split("\r\n").slice(0, -1);
    expect(lines.filter((line) => /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(line))).toEqual([]);
    expect(raw(text)).toEqual([]);
    expect(lines.filter((line) => /(?:^|[,;])"?[=+\-@\t\r](?!\d+(?:,|$))/.test(line))).toEqual([]);
    const [head, ...rows] = [...csvRecords(text)];
    expect(rows.length).toBeGreaterThan(0);
    for (const { cells } of rows) expect(cells).toHaveLength(head?.cells.length ?? 0);
  },
);
