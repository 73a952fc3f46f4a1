/** Chapters of days on which something goes wrong: a script that switches people off, a place in the changes that is lost. And why. */
import { lookInto } from "./embedded-directory.ts";
import { expectUntouched, look } from "./look.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

export async function tellBadDays(narrator: Narrator, stage: Stage): Promise<void> {
  const leaver = await aScriptGoesWrong(narrator, stage);
  await theirPlaceIsLost(narrator, stage);
  narrator.chapter(
    "Why did this happen?",
    `${leaver} has lost the account, and asks why. Everything that is known of one person: where from, by which rule, what was done, who allowed it, and what comes next.`,
  );
  await narrator.type(`rollcall explain ${leaver}`);
  narrator.chapter(
    "The log",
    "Every write stands in an audit trail, with values before and after (--user shows them), and every approval. Whether anybody changed the trail can be checked.",
  );
  await narrator.type("rollcall log fabrikam --since 1h --limit 3");
  await narrator.type("rollcall log verify");
}

/** Gives the login name of somebody who lost the account rightly. */
async function aScriptGoesWrong(narrator: Narrator, stage: Stage): Promise<string> {
  const { entra, contoso } = stage;
  const hit = contoso.sales.slice(6, 41).map(contoso.id);
  const [rightly, wrongly] = [hit.slice(0, 12), hit.slice(12)];
  narrator.chapter(
    "A script goes wrong",
    `A shop closes, and a script in Entra ID switches off ${hit.length} people of Sales. That is more than the limit (5 % of the accounts): all of them are held for a person to look at. Everything else would go on.`,
  );
  for (const id of hit) entra.disable(id);
  await narrator.type("rollcall sync staff", 3);
  await narrator.type("rollcall held list staff --limit 5");
  look(narrator, stage, hit);
  narrator.show("");
  narrator.say(
    `Only ${rightly.length} of them were to go. The others are switched on again in Entra ID, and leave the hold by that; the rest is approved, with a reason.`,
  );
  for (const id of wrongly) entra.enable(id);
  await narrator.type("rollcall sync staff", 3);
  await narrator.type('rollcall held approve deactivations --reason "the shop in Cork closes"');
  await narrator.type("rollcall sync staff");
  look(narrator, stage);
  return `${contoso.sales[6]}@${entra.domain}`;
}

async function theirPlaceIsLost(narrator: Narrator, stage: Stage): Promise<void> {
  narrator.chapter(
    "Their place is lost",
    "Entra ID keeps a place in its changes for seven days; somebody was away for longer. Then everybody is read again and compared: nobody is taken for a leaver, and nothing is written.",
  );
  const before = lookInto(stage.directory);
  stage.entra.loseSyncState();
  await narrator.type("rollcall sync staff");
  expectUntouched(before, look(narrator, stage));
}
