import {
  createTls,
  type OktaOptions,
  type OktaOrganisation,
  startOktaOrganisation,
  type Tls,
} from "../stand-ins/okta/okta-organisation.ts";
import type { Cloud } from "./bad-day.ts";
import type { Sections, Site } from "./site.ts";

let shared: Promise<Tls> | undefined;

/** An organisation by the clock of a site. */
export async function oktaFor(site: Site, options: OktaOptions = {}): Promise<OktaOrganisation> {
  shared ??= createTls();
  return await startOktaOrganisation({ now: site.clock.now, tls: await shared, ...options });
}

/** The organisation in the configuration, with the API token in a file. */
export function oktaSection(site: Site, okta: OktaOrganisation, more: Sections = {}): Sections {
  return {
    type: "okta",
    orgUrl: okta.url,
    token: { file: site.secret("token", okta.token) },
    ca: { file: site.secret("okta-ca.pem", okta.ca) },
    ...more,
  };
}

/** What an administrator does in an organisation. */
export function oktaCloud(site: Site, okta: OktaOrganisation): Cloud {
  const { users, groups } = okta;
  return {
    source: (more) => oktaSection(site, okta, more),
    create: (login) => users.create({ login: `${login}@example.com` }),
    retitle: (id, title) => users.updateProfile(id, { title }),
    disable: (id) => users.suspend(id),
    delete: (id) => users.deleteForGood(id),
    createGroup(name, members) {
      const group = groups.create(name);
      for (const member of members) groups.add(group, member);
      return group;
    },
    leave: (group, member) => groups.remove(group, member),
    stop: () => okta.stop(),
  };
}
