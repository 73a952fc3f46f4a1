/** What an import has to say about single places: each is a line on the screen and a comment in the file. */

export interface Note {
  /** lost: not taken over. differs: taken over, but it works in another way than in Entra. */
  readonly type: "lost" | "differs";
  /** Where in the export: `synchronizationRules[0].objectMappings[1].attributeMappings[4]`. */
  readonly place: string;
  /** What it is about, in the words of the result: a SCIM path, `scope.users`, `policy`. */
  readonly subject: string;
  /** What stands in Entra. */
  readonly entra: string;
  /** Why, and what to do instead. */
  readonly message: string;
}
