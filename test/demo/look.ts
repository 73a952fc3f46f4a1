import { lookInto, type Seen } from "./embedded-directory.ts";
import { type Narrator, StoryStopped } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { difference, truthOfOrganisation, truthOfTenant, united } from "./truth.ts";

/**
 * Compares the embedded directory with all directories, person by person and group by group, and says so; a difference ends the story.
 * `keeps` are ids of people of the tenant who keep their account for now though it is off there.
 */
export function look(
  narrator: Narrator,
  { entra, okta, plant, directory }: Stage,
  keeps: readonly string[] = [],
): Seen {
  const seen = lookInto(directory);
  const tenant = truthOfTenant(entra, keeps);
  const organisation = truthOfOrganisation(okta, tenant.active);
  const expected = united([tenant, organisation, ...(plant === undefined ? [] : [plant.truth()])]);
  const differs = difference(seen, expected);
  if (differs !== undefined)
    throw new StoryStopped(`the embedded directory is not as it has to be: ${differs}`);
  const memberships = [...seen.groups.values()].reduce((sum, { length }) => sum + length, 0);
  const [people, groups, members] = [seen.active.length, seen.groups.size, memberships].map((n) =>
    n.toLocaleString("en"),
  );
  const how =
    keeps.length === 0
      ? "exactly as the directories have it"
      : `the ${keeps.length} among them, everybody else as the directories have it`;
  narrator.seen(
    `Looked up by SQL: ${people} people may log in, ${groups} groups with ${members} memberships; ${how}.`,
  );
  return seen;
}

/** Ends the story when somebody has another account than before. */
export function expectSameAccount(before: Seen, after: Seen, userName: string): void {
  const [one, other] = [before.ids.get(userName), after.ids.get(userName)];
  if (one === undefined || one !== other)
    throw new StoryStopped(`${userName} has another account than before: ${one} became ${other}`);
}

/** Ends the story when something was written since. */
export function expectUntouched(before: Seen, after: Seen): void {
  if (before.fingerprint !== after.fingerprint)
    throw new StoryStopped("something was written though nothing had to be");
}
