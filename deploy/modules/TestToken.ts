import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The worthless token of local chains. */
const TestToken = buildModule("TestToken", (m) => ({ token: m.contract("TestToken") }));

export default TestToken;
