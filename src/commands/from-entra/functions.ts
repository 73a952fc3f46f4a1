/** Each function of Entra's expressions, and what it becomes. */
import type { Cel } from "./cel.ts";
import { CHOICE_FUNCTIONS } from "./choice-functions.ts";
import { DATE_FUNCTIONS } from "./date-functions.ts";
import { TEXT_FUNCTIONS } from "./text-functions.ts";
import type { EntraCall } from "./translate.ts";
import { VALUE_FUNCTIONS } from "./value-functions.ts";

/** Throws NotTranslatable with the reason, and what to do instead. */
export type Translator = (call: EntraCall) => Cel;

export const FUNCTIONS: Readonly<Record<string, Translator>> = {
  ...TEXT_FUNCTIONS,
  ...VALUE_FUNCTIONS,
  ...CHOICE_FUNCTIONS,
  ...DATE_FUNCTIONS,
};
