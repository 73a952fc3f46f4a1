import type { OktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import type { NewUser } from "../stand-ins/okta/users.ts";
import { type Name, names } from "./names.ts";

const TEAMS = ["Fabrikam Design", "Fabrikam Workshop", "Fabrikam Sales"] as const;

/** Fabrikam's organisation as the story needs it. */
export interface Fabrikam {
  readonly id: (local: string) => string;
  readonly team: (name: (typeof TEAMS)[number]) => string;
}

const HOUR_MS = 3_600_000;

/** 60 people in three teams, one suspended, one invited and not there yet; all of them came long ago. */
export function fillFabrikam(organisation: OktaOrganisation): Fabrikam {
  const { users, groups, log, circumstances } = organisation;
  const everybody = names(60, 300, false);
  log.silently(() =>
    circumstances.ago(2 * HOUR_MS, () => {
      for (const name of everybody) users.create(worker(name));
      users.create({ login: "on.leave@fabrikam.example", firstName: "Olga", lastName: "Leave" }, "SUSPENDED");
      users.create(
        { login: "starts.later@fabrikam.example", firstName: "Stan", lastName: "Later" },
        "STAGED",
      );
      for (const [place, team] of TEAMS.entries()) {
        const id = groups.create(team, `Everybody of ${team}`);
        for (const [index, { local }] of everybody.entries())
          if (index % TEAMS.length === place) groups.add(id, users.byLogin(loginOf(local))?.id ?? "");
      }
    }),
  );
  return {
    id: (local) => {
      const found = users.byLogin(loginOf(local));
      if (found === undefined) throw new Error(`Fabrikam has nobody called ${local}`);
      return found.id;
    },
    team: (name) => [...groups.table.values()].find(({ profile }) => profile.name === name)?.id ?? "",
  };
}

/** A person of Fabrikam as an administrator makes one. */
export function worker({ given, surname, local }: Name): NewUser {
  const login = loginOf(local);
  return { login, email: login, firstName: given, lastName: surname, title: "Maker", department: "Works" };
}

function loginOf(local: string): string {
  return `${local}@fabrikam.example`;
}
