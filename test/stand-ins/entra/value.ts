/** What a property of Microsoft Graph may hold. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** Property name -> value; a JSON object of Microsoft Graph. */
export type Properties = Readonly<Record<string, Value>>;

/** Of what type a property is, as far as answers differ by it. */
export type PropertyType = "text" | "boolean" | "date" | "list" | "object";
