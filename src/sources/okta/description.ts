import type { SourceDescription } from "../source.ts";
import { groupAttributes, userAttributes, whyNotRead } from "./attributes.ts";
import { type Settings, settings } from "./config.ts";
import { view } from "./view.ts";

/** An organisation of Okta Workforce Identity, without what reads it. */
export const description: SourceDescription<Settings> = {
  type: "okta",
  title: "Okta",
  settings,
  attributes: { user: userAttributes, group: groupAttributes },
  openSchema: true,
  refuses: whyNotRead,
  includes: {},
  mapping: new URL("./mapping.yaml", import.meta.url),
  view,
};
