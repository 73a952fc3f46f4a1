import {
  createTls,
  type OktaOptions,
  type OktaOrganisation,
  startOktaOrganisation,
  type Tls,
} from "../stand-ins/okta/okta-organisation.ts";
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
