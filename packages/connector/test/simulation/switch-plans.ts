import type { Random } from './random.ts'
import type { DeploymentDecision, Settings } from './schedule.ts'
import { toMicroseconds } from './simulated-time.ts'

/** How one switch goes, and when much should be going on. */
export interface SwitchPlan {
  readonly steps: readonly DeploymentDecision[]
  readonly busyMoments: readonly number[]
  readonly lengthMs: number
}

interface Draft {
  readonly steps: DeploymentDecision[]
  at: number
}

type Plan = (draft: Draft, random: Random) => void

/** A while of up to `ms`, short ones as likely as long ones of any length. */
const wait = (draft: Draft, random: Random, ms: number) => {
  draft.at = toMicroseconds(draft.at + ms * random.next() ** 2)
}

/** From the announcement to the cut-over, with the new deployment accepting at some time on the way. */
const announced: Plan = (draft, random) => {
  const accepting = random.chance(0.5)
  draft.steps.push({ kind: 'announce', at: draft.at, accepting })
  wait(draft, random, 3000)
  if (!accepting && random.chance(0.7)) {
    draft.steps.push({ kind: 'accept', at: draft.at })
    wait(draft, random, 2000)
  }
  cutOver(draft, random, false)
}

const unannounced: Plan = (draft, random) => cutOver(draft, random, random.chance(0.6))

const cutOver = (draft: Draft, random: Random, accepting: boolean) => {
  draft.steps.push({ kind: 'cut over', at: draft.at, accepting })
  wait(draft, random, 2000)
  draft.steps.push({ kind: 'accept', at: draft.at })
}

/** Announced, taken back before the cut-over, and announced again. */
const secondThoughts: Plan = (draft, random) => {
  draft.steps.push({ kind: 'announce', at: draft.at, accepting: random.chance(0.5) })
  wait(draft, random, 1500)
  draft.steps.push({ kind: 'roll back', at: draft.at })
  wait(draft, random, 1500)
  announced(draft, random)
}

/** Announced and taken back again and again. */
const flapping: Plan = (draft, random) => {
  for (let round = random.between(2, 8); round > 0; round--) {
    draft.steps.push({ kind: 'announce', at: draft.at, accepting: random.chance(0.8) })
    wait(draft, random, 800)
    draft.steps.push({ kind: 'roll back', at: draft.at })
    wait(draft, random, 800)
  }
  announced(draft, random)
}

/** Cut over, taken back after it, and done again. */
const rolledBack: Plan = (draft, random) => {
  announced(draft, random)
  wait(draft, random, 2000)
  draft.steps.push({ kind: 'roll back', at: draft.at })
  wait(draft, random, 2000)
  announced(draft, random)
}

const PLANS = { announced, unannounced, secondThoughts, flapping, rolledBack }
const WEIGHTS = { announced: 12, unannounced: 2, secondThoughts: 2, flapping: 1, rolledBack: 2 } as const

/** Draws a switch that begins some time after `from`. */
export function drawSwitch(random: Random, from: number, { faults }: Settings): SwitchPlan {
  const draft: Draft = { steps: [], at: toMicroseconds(from + 500 + random.next() * 1500) }
  PLANS[random.weighted(WEIGHTS)](draft, random)
  wait(draft, random, 1500)
  // With faults the old deployment does not always wait for its last query, nor is it always retired before the next switch.
  const patienceMs = faults && random.chance(0.6) ? random.between(0, 2000) : undefined
  draft.steps.push({ kind: 'retire', at: draft.at, ...(patienceMs === undefined ? {} : { patienceMs }) })
  const lengthMs = Math.ceil(draft.at - from + random.between(2000, 9000))
  return { steps: draft.steps, busyMoments: draft.steps.map(({ at }) => at), lengthMs }
}
