/** zod as all of this project uses it. */
import { z } from "zod";

// It would write and compile a function for each schema, which pays where one schema reads thousands of things: here most of them read one.
z.config({ jitless: true });

export { z };
