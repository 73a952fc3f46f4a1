import { examineSource } from "../exam.ts";
import { OktaWorld } from "./okta-world.ts";

examineSource("an Okta organisation, by API token and with the measured lags", () => OktaWorld.open());
