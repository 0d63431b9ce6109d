/** A seed that once failed, and its finding. */
export interface FailedSeed {
  readonly seed: number
  readonly switches: number
  readonly queriesPerSwitch: number
  readonly found: string
}

/**
 * Every seed of a run that ever failed. A change of the drawing gives a seed other events, so each finding is also kept
 * as a reduced schedule in `histories/`.
 */
export const FAILED_SEEDS: readonly FailedSeed[] = [
  {
    ...{ seed: 2483758391, switches: 5, queriesPerSwitch: 1000 },
    found: 'calls stayed held after prewarming had succeeded',
  },
  {
    ...{ seed: 3866905759, switches: 5, queriesPerSwitch: 100 },
    found: 'questions about a strategy without recent confirmation were counted as detections',
  },
  {
    ...{ seed: 2035353688, switches: 5, queriesPerSwitch: 100 },
    found: 'a strategy that had answered right after the switch counted as one that accepts no work',
  },
  {
    ...{ seed: 1932571636, switches: 5, queriesPerSwitch: 100 },
    found: 'a call was held for too long by a login whose request was lost',
  },
  {
    ...{ seed: 2537016092, switches: 5, queriesPerSwitch: 100 },
    found: 'detections were counted over several withdrawn switches',
  },
  {
    ...{ seed: 829933835, switches: 5, queriesPerSwitch: 100 },
    found: 'one hanging login used up the whole time limit of a held call',
  },
  {
    ...{ seed: 2706137569, switches: 5, queriesPerSwitch: 100 },
    found: 'a strategy without recent confirmation was treated as unknown',
  },
  {
    ...{ seed: 749498379, switches: 5, queriesPerSwitch: 100 },
    found: 'the login that confirms a strategy counted as one too many',
  },
  {
    ...{ seed: 2066113250, switches: 5, queriesPerSwitch: 150 },
    found: 'calls were held for 10 s by a process that had died while it checked an announced strategy',
  },
  {
    ...{ seed: 1351876656, switches: 5, queriesPerSwitch: 150 },
    found: 'a strategy that accepted logins but no other call was not suspected',
  },
  {
    ...{ seed: 526811913, switches: 5, queriesPerSwitch: 150 },
    found: 'a session that another call had already renewed counted as refused',
  },
  {
    ...{ seed: 3082185173, switches: 5, queriesPerSwitch: 150 },
    found: 'a login that an engine failed was not repeated after a recent check of its strategy',
  },
  {
    ...{ seed: 3787560619, switches: 5, queriesPerSwitch: 150 },
    found: 'a fetch was abandoned for a rerun although rows had been handed over',
  },
  {
    ...{ seed: 989326706, switches: 5, queriesPerSwitch: 150 },
    found: 'a deployment with clients failed their statements as if it were inactive',
  },
  {
    ...{ seed: 3370692006, switches: 5, queriesPerSwitch: 150 },
    found: 'searches of statements that were refused before their prepare were not counted',
  },
  {
    ...{ seed: 2622256650, switches: 5, queriesPerSwitch: 150 },
    found: 'a slow probe statement counted as a strategy that accepts work',
  },
  {
    ...{ seed: 706210641, switches: 5, queriesPerSwitch: 150 },
    found: 'a first call over a silent connection counted as one that must succeed',
  },
  {
    ...{ seed: 3626666763, switches: 5, queriesPerSwitch: 150 },
    found: 'a login that failed while neither strategy accepted one was reported to the caller',
  },
  {
    ...{ seed: 780568695, switches: 5, queriesPerSwitch: 150 },
    found: 'a check that found both strategies failing cleared the active one of suspicion',
  },
  {
    ...{ seed: 2841430893, switches: 5, queriesPerSwitch: 150 },
    found: 'a prepare that a proxy answered with 404 failed while neither strategy accepted a login',
  },
  {
    ...{ seed: 174003381, switches: 5, queriesPerSwitch: 150 },
    found: 'a held call sent to the strategy that was not active yet waited for a lost answer',
  },
  {
    ...{ seed: 1750053527, switches: 5, queriesPerSwitch: 150 },
    found: 'a running login counted as silence while both strategies refused others',
  },
  {
    ...{ seed: 2252254508, switches: 5, queriesPerSwitch: 150 },
    found: 'two checks of a suspicion counted as one when the other strategy was slow to answer the first',
  },
]
