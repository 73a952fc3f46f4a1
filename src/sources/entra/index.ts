import type { SourceContext, SourceDefinition } from "../source.ts";
import { groupAttributes, userAttributes, whyNotRead } from "./attributes.ts";
import { type Settings, settings } from "./config.ts";
import { EntraTenant } from "./tenant.ts";
import { includes, view } from "./view.ts";

/** Microsoft Entra ID (formerly Azure Active Directory), read through Microsoft Graph. */
export const definition: SourceDefinition<Settings> = {
  type: "entra",
  title: "Entra ID",
  settings,
  attributes: { user: userAttributes, group: groupAttributes },
  openSchema: true,
  refuses: (_kind, attribute) => whyNotRead(attribute),
  includes,
  mapping: new URL("./mapping.yaml", import.meta.url),
  view,
  open: (section: Settings, context: SourceContext) => new EntraTenant(section, context, Math.random),
};
