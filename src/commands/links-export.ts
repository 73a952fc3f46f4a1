import { connectionNamed } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { LinkRow } from "../store/bindings.ts";
import type { Invocation } from "./invocation.ts";
import { lookAt, openConfig } from "./open.ts";
import { csvRecord } from "./output/csv.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { createScreen } from "./screen.ts";
import { writeList } from "./write-list.ts";

/** The columns of a file of links, by name: kind and the two ids are what counts. */
export const linkColumns = ["kind", "source_id", "name", "target_id", "origin"] as const;

/** `rollcall links export`: who is linked to which account, as a file for another connection or a rainy day. */
export async function run(invocation: Invocation): Promise<number> {
  const [file = "", name] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const connection = connectionNamed(config, name);
  const store = lookAt(config, connection, invocation);
  if (store === undefined) {
    throw new ConfigurationError(`${connection.name} never ran: it has no links`, {
      hint: `rollcall plan ${connection.name}`,
    });
  }
  try {
    const counts = { users: 0, groups: 0 };
    await writeList(file, invocation, lines(store.bindings.all(), counts));
    if (file !== "-") {
      screen.document("LinksExport", { connection: connection.name, file, ...counts });
      if (!screen.quiet)
        screen.line(
          `${screen.paint.add("✓")} ${counted(counts.users, "person", "people")} and ${counted(counts.groups, "group")} of ${connection.name} written to ${escaped(file)}`,
        );
    }
    return 0;
  } finally {
    store.close();
  }
}

function* lines(links: Iterable<LinkRow>, counts: { users: number; groups: number }): Iterable<string> {
  yield csvRecord(linkColumns);
  for (const { kind, sourceId, name, targetId, origin } of links) {
    counts[kind === "user" ? "users" : "groups"] += 1;
    yield csvRecord([kind, sourceId, name, targetId, origin]);
  }
}
