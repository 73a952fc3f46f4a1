import type { SourceContext, SourceDefinition } from "../source.ts";
import { groupAttributes, userAttributes, whyNotRead } from "./attributes.ts";
import { type Settings, settings } from "./config.ts";
import { OktaOrganisation } from "./organisation.ts";
import { view } from "./view.ts";

/** An organisation of Okta Workforce Identity. */
export const definition: SourceDefinition<Settings> = {
  type: "okta",
  title: "Okta",
  settings,
  attributes: { user: userAttributes, group: groupAttributes },
  openSchema: true,
  refuses: whyNotRead,
  includes: {},
  mapping: new URL("./mapping.yaml", import.meta.url),
  view,
  open: (section: Settings, context: SourceContext) => new OktaOrganisation(section, context),
};
