import type { SourceDescription } from "../source.ts";
import { groupAttributes, userAttributes, whyNotRead } from "./attributes.ts";
import { type Settings, settings } from "./config.ts";
import { includes, view } from "./view.ts";

/** Microsoft Entra ID (formerly Azure Active Directory), without what reads it. */
export const description: SourceDescription<Settings> = {
  type: "entra",
  title: "Entra ID",
  settings,
  attributes: { user: userAttributes, group: groupAttributes },
  openSchema: true,
  refuses: (_kind, attribute) => whyNotRead(attribute),
  includes,
  mapping: new URL("./mapping.yaml", import.meta.url),
  view,
};
