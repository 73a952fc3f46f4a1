import { expect, test } from "vitest";
import { displayWidth } from "../../src/commands/output/table.ts";
import { Desk } from "./desk.ts";

const columns = 80;

/** Two connections, so that commands name theirs; more leavers than go by themselves. */
async function crowdedDesk(): Promise<Desk> {
  const desk = new Desk(
    "  another:\n    source: people\n    target: other\ntargets: { other: { type: embedded }, directory: { type: embedded } }\n",
  );
  desk.directory
    .people("u", 40)
    .person("ann", { name: "Ann Lee", title: "Engineer of Everything", manager: "u0000" });
  await desk.run("sync staff");
  desk.directory.person("ann", { title: "Engineer of Everything Else and More", manager: "u0001" });
  for (let index = 0; index < 15; index++) desk.directory.person(`u00${10 + index}`, { enabled: false });
  return desk;
}

test("on a terminal of 80 columns no line is broken by the terminal", async () => {
  using desk = await crowdedDesk();
  const seat = { columns, environment: { NO_COLOR: "1" } };
  const lines = [
    "validate",
    "test staff",
    "plan staff",
    "sync staff",
    "status",
    "held list staff",
    "explain ann@example.com",
    "log staff --user ann@example.com",
    "held approve deactivations --connection staff --reason enough",
  ];
  for (const line of lines) {
    const { out } = await desk.run(line, seat);
    // Paths are never broken either, so that they can be copied.
    const wide = out.split("\n").filter((each) => displayWidth(each) > columns && !each.includes("/"));
    expect([line, wide]).toEqual([line, []]);
  }
});

test("explain counts the rows that give nothing, and shows them when asked for more", async () => {
  using desk = await crowdedDesk();
  const brief = (await desk.run("explain u0002@example.com")).out;
  expect(brief).toMatch(/and \d+ rows? that gives? nothing \(--verbose\)/);
  expect(brief).not.toContain("(empty)");
  expect((await desk.run("explain u0002@example.com --verbose")).out).toContain("(empty)");
});

test("the progress line is taken away before the report is printed", async () => {
  using desk = await crowdedDesk();
  for (const line of ["plan staff", "sync staff"]) {
    await desk.run(line, { columns });
    const { screen } = desk;
    expect(screen).toContain("staff: reading the directory");
    // What a terminal shows of a line begins after its last clearing.
    const shown = screen.split("\n").map((each) => each.split("\r\u001b[2K").at(-1) ?? "");
    expect(
      shown.filter((each) => each.includes("staff: reading") || each.includes("staff: looking")),
    ).toEqual([]);
  }
});
