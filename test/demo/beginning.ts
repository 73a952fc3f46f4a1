/** Chapters of the first day: what there is, what would happen, the first sync, and a cycle in which nothing happened. */
import { expectUntouched, look } from "./look.ts";
import type { Narrator } from "./narrator.ts";
import { showRequests } from "./requests.ts";
import type { Stage } from "./stage.ts";

export async function tellBeginning(narrator: Narrator, stage: Stage): Promise<void> {
  introduce(narrator, stage);
  narrator.chapter(
    "Is everything there?",
    "First the file alone; then both ends: login, rights, certificates, and one person as the mapping makes them. Nothing is written.",
  );
  await narrator.type("rollcall validate");
  await narrator.type("rollcall test staff");
  narrator.chapter(
    "What would happen",
    "A plan reads the directory and writes nothing. Everything that a sync would do can be read before it happens.",
  );
  await narrator.type("rollcall plan staff --limit 2");
  narrator.chapter(
    "The first sync",
    "All connections, one after the other, into the embedded directory; any SCIM 2.0 service would do as well. What the plan has read is not read again.",
  );
  await narrator.type("rollcall sync");
  const before = look(narrator, stage);
  narrator.chapter(
    "A quiet cycle",
    "Nothing has changed since. That costs one question a stream of changes, and no write.",
  );
  stage.entra.requests.clear();
  stage.okta.forgetRequests();
  await narrator.type("rollcall sync");
  showRequests(narrator, stage);
  expectUntouched(before, look(narrator, stage));
}

function introduce(narrator: Narrator, { entra, okta, plant, whyNoPlant, configuration }: Stage): void {
  const [members, staff] = [entra.live("user").length, entra.live("group").length];
  const teams = [...okta.groups.table.values()].filter(({ type }) => type !== "BUILT_IN");
  narrator.chapter(
    "One company, several directories",
    `Contoso has its staff in Entra ID (${members} people, ${staff} groups) and has bought Fabrikam, which is in Okta (${okta.users.table.size} people, ${teams.length} groups). Both are stand-ins on this machine, strict to what the vendors publish; nothing leaves it.`,
  );
  if (plant === undefined) {
    const [why = "", remedy] = (whyNoPlant ?? "").split(/: (.*)/s);
    narrator.say(`Active Directory is left out: ${why}${remedy === undefined ? "." : ". What would help:"}`);
    if (remedy !== undefined) narrator.show(`     ${remedy}`);
  } else {
    narrator.say(
      `Contoso's factories are in Active Directory (${plant.people.toLocaleString("en")} people, ${plant.groups} groups), a real domain controller: Samba at ${plant.url}.`,
    );
  }
  narrator.say("Each directory is a source, and has a connection:");
  narrator.prompt("cat config/rollcall.yaml");
  narrator.show(configuration.trimEnd());
}
