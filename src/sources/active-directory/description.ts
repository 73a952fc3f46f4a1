import type { SourceDescription } from "../source.ts";
import { groupAttributes, userAttributes, whyNotRead } from "./attributes.ts";
import { type Settings, settings } from "./config.ts";
import { includes, view } from "./view.ts";

/** Active Directory Domain Services, and Samba as a domain controller, without what reads them. */
export const description: SourceDescription<Settings> = {
  type: "active-directory",
  title: "Active Directory",
  settings,
  attributes: { user: userAttributes, group: groupAttributes },
  openSchema: true,
  refuses: (_kind, attribute) => whyNotRead(attribute),
  includes,
  mapping: new URL("./mapping.yaml", import.meta.url),
  view,
};
