import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * All contracts of one deployment, in the order in which they need each other. Parameters: `token`, `commons`,
 * `minStakeUnits`, `unbonding`, and the constants of FeedbackTasks.
 */
const Scrutineer = buildModule("Scrutineer", (m) => {
  const commons = m.getParameter<string>("commons");
  const token = m.getParameter<string>("token");

  const stakeRegistry = m.contract("StakeRegistry", [
    token,
    commons,
    m.getParameter<bigint>("minStakeUnits"),
    m.getParameter<bigint>("unbonding"),
  ]);
  const libraries = {
    Books: m.library("Books"),
    Counting: m.library("Counting"),
    Draws: m.library("Draws"),
    Funding: m.library("Funding"),
    Gold: m.library("Gold"),
    Omissions: m.library("Omissions"),
    Scoring: m.library("Scoring"),
  };
  const feedbackTasks = m.contract(
    "FeedbackTasks",
    [
      stakeRegistry,
      {
        seedDelay: m.getParameter<bigint>("seedDelay"),
        minPool: m.getParameter<bigint>("minPool"),
        minCommit: m.getParameter<bigint>("minCommit"),
        minReveal: m.getParameter<bigint>("minReveal"),
        claimWindow: m.getParameter<bigint>("claimWindow"),
      },
    ],
    { libraries },
  );
  m.call(stakeRegistry, "bindTasks", [feedbackTasks]);
  const provenanceRegistry = m.contract("ProvenanceRegistry", [feedbackTasks]);

  return { stakeRegistry, feedbackTasks, provenanceRegistry, ...libraries };
});

export default Scrutineer;
