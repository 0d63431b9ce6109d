/** A seed that once failed, and what it found. */
export interface FailedSeed {
  readonly seed: number
  readonly switches: number
  readonly queriesPerSwitch: number
  readonly found: string
}

/**
 * Every seed of a run that ever failed. A seed draws something else once the drawing is changed, so what each of them
 * found is kept as a schedule too, cut down to what it needs, in `histories/`.
 */
export const FAILED_SEEDS: readonly FailedSeed[] = [
  {
    ...{ seed: 2483758391, switches: 5, queriesPerSwitch: 1000 },
    found: 'calls were held on after prewarming had been accepted',
  },
  {
    ...{ seed: 3866905759, switches: 5, queriesPerSwitch: 100 },
    found: 'questions about a strategy without a recent confirmation were counted as detections',
  },
  {
    ...{ seed: 2035353688, switches: 5, queriesPerSwitch: 100 },
    found: 'a strategy that had answered right after the switch counted as one that takes no work',
  },
  {
    ...{ seed: 1932571636, switches: 5, queriesPerSwitch: 100 },
    found: 'a call was held for too long by a login whose request was lost',
  },
  {
    ...{ seed: 2537016092, switches: 5, queriesPerSwitch: 100 },
    found: 'detections were counted over several deployments that were taken back',
  },
  {
    ...{ seed: 829933835, switches: 5, queriesPerSwitch: 100 },
    found: 'one login that hung used up all the time for which a call was held',
  },
  {
    ...{ seed: 2706137569, switches: 5, queriesPerSwitch: 100 },
    found: 'a strategy without a recent confirmation was taken for none',
  },
  {
    ...{ seed: 749498379, switches: 5, queriesPerSwitch: 100 },
    found: 'the login by which a strategy is confirmed was one too many',
  },
  {
    ...{ seed: 2066113250, switches: 5, queriesPerSwitch: 150 },
    found: 'calls were held for 10 s by a process that had died while it looked at an announced strategy',
  },
  {
    ...{ seed: 1351876656, switches: 5, queriesPerSwitch: 150 },
    found: 'a strategy that could be logged in to and took no other call was not suspected',
  },
  {
    ...{ seed: 526811913, switches: 5, queriesPerSwitch: 150 },
    found: 'a session that another call had renewed meanwhile counted as denied',
  },
  {
    ...{ seed: 3082185173, switches: 5, queriesPerSwitch: 150 },
    found: 'a login that an engine failed was not repeated where its strategy had been looked into lately',
  },
  {
    ...{ seed: 3787560619, switches: 5, queriesPerSwitch: 150 },
    found: 'a fetch was given up for a rerun though rows had been handed over by then',
  },
  {
    ...{ seed: 989326706, switches: 5, queriesPerSwitch: 150 },
    found: 'a deployment in use failed statements of its clients as if it were inactive',
  },
  {
    ...{ seed: 3370692006, switches: 5, queriesPerSwitch: 150 },
    found: 'searches of statements that were refused before their prepare were not counted',
  },
  {
    ...{ seed: 2622256650, switches: 5, queriesPerSwitch: 150 },
    found: 'a slow probe statement counted as a strategy that takes work',
  },
  {
    ...{ seed: 706210641, switches: 5, queriesPerSwitch: 150 },
    found: 'a first call over a connection that carries nothing counted as one that must succeed',
  },
  {
    ...{ seed: 3626666763, switches: 5, queriesPerSwitch: 150 },
    found: 'a login that failed while neither strategy took one was told to the caller',
  },
  {
    ...{ seed: 780568695, switches: 5, queriesPerSwitch: 150 },
    found: 'a check that found both strategies failing cleared the one in use of suspicion',
  },
  {
    ...{ seed: 2841430893, switches: 5, queriesPerSwitch: 150 },
    found: 'a prepare that a proxy answered with 404 failed while neither strategy took a login',
  },
  {
    ...{ seed: 174003381, switches: 5, queriesPerSwitch: 150 },
    found: 'a held call that was sent to the strategy not yet in use waited for a lost answer',
  },
  {
    ...{ seed: 1750053527, switches: 5, queriesPerSwitch: 150 },
    found: 'a login that was under way counted as silence while both strategies refused others',
  },
  {
    ...{ seed: 2252254508, switches: 5, queriesPerSwitch: 150 },
    found: 'two checks of a suspicion counted as one when the other strategy was slow to answer the first',
  },
]
