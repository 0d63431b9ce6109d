import type { ConnectOptions } from '../../src/options/connect-options.ts'
import { FAILING_DEPLOYMENTS, FAULTS_OF_STEP, type FaultName } from './faults.ts'
import { Random } from './random.ts'
import type {
  Decision,
  FaultDecision,
  Form,
  MishapDecision,
  OperationDecision,
  ProxySettings,
  Schedule,
  Settings,
} from './schedule.ts'
import { toMicroseconds } from './simulated-time.ts'
import { drawSwitch } from './switch-plans.ts'

export interface ScheduleSize {
  readonly switches: number
  readonly queriesPerSwitch: number
}

/** How often programs do what, in a run in which nothing but announced switches happens. */
const CALM_FORMS: Readonly<Record<string, number>> = {
  query: 30,
  'query as arrays': 10,
  stream: 15,
  batches: 12,
  readable: 4,
  cursor: 8,
  'cursor by pieces': 6,
  'cursor twice': 3,
  write: 8,
  tables: 2,
  'dry run': 1,
  'bad statement': 1,
}

/** And in one in which everything may. */
const FAULTY_FORMS: Readonly<Record<string, number>> = {
  ...CALM_FORMS,
  'forgotten cursor': 0.3,
  'cancelled elsewhere': 1,
  'new session': 0.3,
  'strategy check': 0.3,
}

/** In the worst runs, something goes wrong with so many of the operations. */
const MOST_FAULTS = 0.12

/** Whether faults happen at all in a run. */
const FAULTY_RUNS = 0.6

/** Drawn from 0 to 1, more often near 0. */
const skewed = (random: Random) => random.next() ** 3

/** Draws what happens in a run. The same seed draws the same. */
export function drawSchedule(seed: number, size: ScheduleSize): Schedule {
  const settings = drawSettings(new Random(seed, 10))
  const random = new Random(seed, 11)
  const decisions: Decision[] = []
  let id = 0
  let at = 300
  for (let index = 0; index < size.switches; index++) {
    const plan = drawSwitch(random, at, settings)
    decisions.push(...plan.steps)
    for (let count = 0; count < size.queriesPerSwitch; count++) {
      id += 1
      const isNear = random.chance(0.4)
      const when = isNear
        ? random.pick(plan.busyMoments) + random.next() * 500 - 200
        : at + random.next() * plan.lengthMs
      const operation = drawOperation(random, id, toMicroseconds(Math.max(when, 0)), settings)
      decisions.push(operation)
    }
    const mishaps = settings.faults ? MISHAPS : TRIALS
    decisions.push(...drawMishaps(mishaps, random, { from: at, lengthMs: plan.lengthMs, settings }))
    at += plan.lengthMs
  }
  if (settings.faults) decisions.push(...drawFaults(new Random(seed, 12), decisions, settings))
  return { seed, settings, decisions }
}

function drawSettings(random: Random): Settings {
  const fastest = random.pick([0.1, 0.5, 2, 10])
  const faults = random.chance(FAULTY_RUNS)
  return {
    faults,
    processes: random.between(1, 4),
    connections: random.between(1, 6),
    clusters: random.chance(0.25) ? 2 : 1,
    store: random.chance(0.7) ? 'shared' : 'process',
    tripMs: [fastest, fastest * random.pick([2, 5, 20])],
    options: drawOptions(random, faults),
    ...drawEnvironment(random),
  }
}

/**
 * The proxies in front of a cluster, a deployment that always takes clients, and a second user, where there are any.
 */
function drawEnvironment(random: Random): Pick<Settings, 'proxies' | 'standby' | 'otherUser'> {
  const proxies: ProxySettings = {
    count: random.between(2, 5),
    apartMs: random.pick([30, 300, 2000]),
    balance: random.pick(['request', 'connection']),
  }
  const canary = { kind: 'canary', aheadMs: random.between(200, 4000) } as const
  return {
    ...(random.chance(0.3) ? { proxies } : {}),
    ...(random.chance(0.2) ? { standby: true } : {}),
    ...(random.chance(0.25) ? { otherUser: random.pick([{ kind: 'apart' }, canary]) } : {}),
  }
}

function drawOptions(random: Random, faults: boolean): ConnectOptions {
  return {
    ...(random.chance(0.5) ? { catalog: 'parts' } : {}),
    ...(random.chance(0.2) ? { plannerQueue: true } : {}),
    ...(random.chance(0.3) ? { maxBufferedBytes: 1 } : {}),
    ...(random.chance(0.2) ? { strategyCacheTimeoutMs: random.between(2, 30) * 1000 } : {}),
    ...(faults && random.chance(0.2) ? { strategyDetectionTimeoutMs: random.between(4, 8) * 1000 } : {}),
    ...(faults && random.chance(0.3) ? { queryIdleTimeoutMs: random.pick([2000, 40_000]) } : {}),
  }
}

function drawOperation(random: Random, id: number, at: number, settings: Settings): OperationDecision {
  const form = random.weighted(settings.faults ? FAULTY_FORMS : CALM_FORMS) as Form
  const rows = random.chance(0.1) ? 0 : random.between(1, 40)
  return {
    kind: 'operation',
    ...{ at, id, form, rows },
    process: random.below(settings.processes),
    connection: random.below(settings.connections),
    batches: Math.min(Math.max(rows, 1), random.pick([1, 1, 2, 3, 5])),
    executeMs: toMicroseconds(random.chance(0.05) ? random.next() * 3000 : skewed(random) * 50),
    pauseMs: random.chance(0.1) ? random.between(1, 400) : 0,
    ...(random.chance(0.05) ? { leaveAfter: random.below(rows + 1) } : {}),
    ...(random.chance(0.01) ? { giveUp: drawGiveUp(random) } : {}),
  }
}

function drawGiveUp(random: Random): NonNullable<OperationDecision['giveUp']> {
  return { by: random.pick(['signal', 'timeout']), afterMs: random.between(1, 300) }
}

type DrawMishap = (random: Random, at: number, settings: Settings) => MishapDecision

const anyProcess = (random: Random, { processes }: Settings) => random.below(processes)

type Frequencies = readonly (readonly [frequency: number, draw: DrawMishap])[]

/** The mishaps that no query may notice, each with its frequency per switch. */
const TRIALS: Frequencies = [
  // An inactive deployment may fail in any way (rules 15 and 18).
  [
    0.4,
    (random, at) => ({
      ...{ kind: 'misbehave', at, strategy: 'other', whileIdle: true, forMs: random.between(200, 6000) },
      step: random.pick(['login', 'prepare']),
      fault: random.pick([...FAILING_DEPLOYMENTS, 'request lost']),
    }),
  ],
  // Slow is not refused, however quick the other one is (rules 5 and 16).
  [0.4, (random, at) => drawSlowness(random, at, 'active')],
  [0.3, (random, at) => ({ kind: 'contradict', at, forMs: random.between(100, 3000) })],
]

function drawSlowness(random: Random, at: number, strategy: 'active' | 'other'): MishapDecision {
  const step = random.pick(['login', 'prepare'])
  // A login has less time than a prepare.
  const upToMs = step === 'login' ? random.between(100, 4000) : random.between(100, 8000)
  return { kind: 'slow down', at, forMs: random.between(500, 10_000), strategy, step, upToMs }
}

/** The mishaps of a faulty run, each with its frequency per switch. */
const MISHAPS: Frequencies = [
  ...TRIALS,
  [0.2, (random, at) => drawSlowness(random, at, 'other')],
  [
    0.3,
    (random, at) => ({
      ...{ kind: 'misbehave', at, strategy: random.pick(['active', 'other']), forMs: random.between(50, 3000) },
      step: random.pick(['login', 'prepare']),
      fault: random.pick(FAILING_DEPLOYMENTS),
    }),
  ],
  [
    0.2,
    (random, at, settings) => ({
      ...{ kind: 'silence', at, process: anyProcess(random, settings), connection: random.below(settings.connections) },
      forMs: random.between(500, 40_000),
    }),
  ],
  [
    0.15,
    (random, at) => ({
      kind: 'kill',
      at,
      strategy: random.pick(['active', 'other']),
      restartAfterMs: random.between(50, 4000),
    }),
  ],
  [0.08, (random, at) => ({ kind: 'suspend', at, resumeMs: random.between(0, 4000) })],
  [0.3, (random, at) => ({ kind: 'expire sessions', at, strategy: random.pick(['blue', 'green']) })],
  [0.3, (random, at, settings) => ({ kind: 'drop connections', at, process: anyProcess(random, settings) })],
  [
    0.4,
    (random, at) => {
      const [step, fault] = random.pick(MISBEHAVIOURS)
      return {
        kind: 'misbehave',
        at,
        forMs: random.between(50, 3000),
        strategy: random.pick(['active', 'other', 'other']),
        step,
        fault,
      }
    },
  ],
  [
    0.15,
    (random, at, settings) => ({
      kind: 'crash',
      at,
      process: anyProcess(random, settings),
      restartAfterMs: random.between(10, 3000),
    }),
  ],
  [
    0.15,
    (random, at, settings) => ({
      kind: 'pause',
      at,
      process: anyProcess(random, settings),
      forMs: random.between(10, 8000),
    }),
  ],
  [
    0.1,
    (random, at, settings) => ({
      kind: 'set wall clock',
      at,
      process: anyProcess(random, settings),
      byMs: random.pick([-600_000, 3_600_000]),
    }),
  ],
  [
    0.15,
    (random, at, settings) => ({
      kind: 'lose store',
      at,
      process: anyProcess(random, settings),
      forMs: random.between(100, 8000),
    }),
  ],
  [
    0.3,
    (random, at, settings) => ({
      ...{ kind: 'close', at, process: anyProcess(random, settings), connection: random.below(settings.connections) },
      running: random.pick(['cancel', 'drain']),
    }),
  ],
]

/** What all calls of a kind may meet for a while. */
const MISBEHAVIOURS = [
  ['login', 'request lost'],
  ['login', 'credentials-refused'],
  ['login', 'refused by the proxy'],
  ['login', 'not-connected'],
  ['prepare', 'refused by the proxy'],
  ['prepare', 'refused by the engine'],
  ['fetch', 'refused by the proxy'],
  ['fetch', 'refused by the engine'],
  ['execute', 'refused by the proxy'],
  ['release', 'refused by the proxy'],
  ['release', 'request lost'],
] as const

function drawMishaps(
  frequencies: Frequencies,
  random: Random,
  { from, lengthMs, settings }: { from: number; lengthMs: number; settings: Settings },
): MishapDecision[] {
  const mishaps: MishapDecision[] = []
  for (const [frequency, draw] of frequencies) {
    if (random.chance(frequency)) mishaps.push(draw(random, toMicroseconds(from + random.next() * lengthMs), settings))
  }
  return mishaps
}

/** How often each step of an operation is the one that something happens to. */
const FAULTY_STEPS = {
  queue: 1,
  prepare: 4,
  execute: 4,
  metadata: 3,
  fetch: 6,
  look: 1,
  release: 3,
  catalog: 1,
} as const

function drawFaults(random: Random, decisions: readonly Decision[], settings: Settings): FaultDecision[] {
  const faults: FaultDecision[] = []
  const density = skewed(random) * MOST_FAULTS
  for (const decision of decisions) {
    if (decision.kind !== 'operation' || !random.chance(density)) continue
    const step = random.weighted(FAULTY_STEPS)
    const fault: FaultName = random.pick(FAULTS_OF_STEP[step])
    const nth = random.pick([1, 1, 1, 2, 3])
    faults.push({ kind: 'fault', of: { operation: decision.id }, step, nth, fault })
  }
  for (let process = 0; process < settings.processes; process++) {
    for (let connection = 0; connection < settings.connections; connection++) {
      if (!random.chance(density * 3)) continue
      const nth = random.between(1, 8)
      faults.push({
        kind: 'fault',
        of: { process, connection },
        step: 'login',
        nth,
        fault: random.pick(FAULTS_OF_STEP.login),
      })
    }
  }
  return faults
}
