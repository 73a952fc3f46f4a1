import type { Kind } from "../../../scim/resource.ts";
import { z } from "../../../zod.ts";
import { OktaRefusal } from "../client/refusal.ts";
import { groupNow, personNow } from "./one-now.ts";
import { group, isRead, pathOf, type Reading } from "./reading.ts";
import { idOf } from "./record.ts";

const LONGEST_KEY = 256;
const MOST = 20;

/** Ids of people (by id, login with or without its domain, e-mail) or groups (by id, name). Only whole, equal names count. */
export async function find(
  reading: Reading,
  kind: Kind,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = key.trim();
  if (text === "" || text.length > LONGEST_KEY) return [];
  if (/^00[ug][A-Za-z0-9]{17}$/.test(text)) {
    const id = await byId(reading, kind, text, signal);
    if (id !== undefined) return [id];
  }
  const quoted = JSON.stringify(text);
  const search =
    kind === "user"
      ? `profile.login eq ${quoted} or profile.email eq ${quoted} or profile.login sw ${JSON.stringify(`${text}@`)}`
      : `profile.name eq ${quoted}`;
  const found: string[] = [];
  const path = pathOf(`/api/v1/${kind}s`, { search, limit: MOST });
  for (const raw of await answers(reading, path, signal)) {
    const isMeant = kind === "user" ? isPerson(raw, text) : isGroup(reading, raw, text);
    if (isMeant) found.push(idOf(raw));
  }
  return found;
}

async function byId(
  reading: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (kind === "user") return (await personNow(reading, id, signal))?.id;
  const found = await groupNow(reading, id, signal);
  return found !== undefined && isRead(reading, found) ? found.id : undefined;
}

/** A name that Okta's search cannot take is nobody's. */
async function answers({ api }: Reading, path: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const what = "looking for somebody by name";
  try {
    return api.items(await api.get(path, what, signal), what);
  } catch (error) {
    if (error instanceof OktaRefusal && error.status === 400) return [];
    throw error;
  }
}

const names = z.looseObject({
  profile: z.looseObject({
    login: z.string().nullish(),
    email: z.string().nullish(),
    name: z.string().nullish(),
  }),
});

/** Logins and addresses are the same in any case. */
function isPerson(raw: unknown, text: string): boolean {
  const { login, email } = names.safeParse(raw).data?.profile ?? {};
  const wanted = text.toLowerCase();
  const name = login?.toLowerCase();
  return name === wanted || name?.startsWith(`${wanted}@`) === true || email?.toLowerCase() === wanted;
}

function isGroup(reading: Reading, raw: unknown, text: string): boolean {
  return names.safeParse(raw).data?.profile.name === text && isRead(reading, group(reading, raw));
}
