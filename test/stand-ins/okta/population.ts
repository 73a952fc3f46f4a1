import type { Circumstances } from "./circumstances.ts";
import type { Directory } from "./directory.ts";
import { createRandom, type Random } from "./random.ts";
import type { UserStatus } from "./statuses.ts";

export interface Population {
  readonly people: number;
  readonly groups: number;
  /** Whether everything about these people is the same as in another run; default 1. */
  readonly seed?: number;
  /** How long ago they all came, so that no list lags behind; default an hour. */
  readonly agoMs?: number;
}

export interface Populated {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const first = [
  "Anna",
  "Bjørn",
  "Chloé",
  "Dai",
  "Éva",
  "Fatima",
  "Görkem",
  "Hana",
  "Ivo",
  "João",
  "Łucja",
] as const;
const last = [
  "O'Neil",
  "van der Berg",
  "Nuñez",
  "Šimić",
  "Adeyemi",
  "李",
  "Smith-Jones",
  "Østergård",
] as const;
const departments = ["Sales", "IT", "Finance", "Research & Development", "Legal"] as const;

/** Fills an organisation; of these people and groups the System Log holds no events. */
export function populate(
  { users, groups, log }: Directory,
  circumstances: Circumstances,
  { people, groups: groupCount, seed = 1, agoMs = 3_600_000 }: Population,
): Populated {
  const random = createRandom(seed);
  return log.silently(() =>
    circumstances.ago(agoMs, () => {
      const ids = Array.from({ length: people }, (_, index) => {
        const [firstName, lastName] = [random.pick(first), random.pick(last)];
        const login = `person${index + 1}@example.com`;
        const person = { login, firstName, lastName, department: random.pick(departments) };
        return users.create({ ...person, employeeNumber: String(10_000 + index) }, statusOf(random));
      });
      const made = Array.from({ length: groupCount }, (_, index) => {
        const group = groups.create(`Team ${index + 1}`, `Everybody of team ${index + 1}`);
        // A few people in most groups, a tenth of everybody in each tenth group.
        const size = index % 10 === 0 ? Math.ceil(people / 10) : Math.min(people, 5 + random.integer(20));
        const begin = random.integer(Math.max(1, people));
        for (let place = 0; place < size; place++) {
          const id = ids[(begin + place) % people];
          if (id !== undefined) groups.add(group, id);
        }
        return group;
      });
      return { users: ids, groups: made };
    }),
  );
}

/** Most people are active; every other status occurs. */
function statusOf(random: Random): UserStatus {
  const share = random.number();
  if (share < 0.9) return "ACTIVE";
  return random.pick([
    "STAGED",
    "PROVISIONED",
    "RECOVERY",
    "PASSWORD_EXPIRED",
    "LOCKED_OUT",
    "SUSPENDED",
    "DEPROVISIONED",
  ]);
}
