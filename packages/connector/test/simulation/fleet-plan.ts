import { Random } from './random.ts'
import type { DeploymentDecision, Form, OperationDecision, Schedule } from './schedule.ts'
import { toMicroseconds } from './simulated-time.ts'

/** The size of a fleet. */
export interface FleetSize {
  readonly seed: number
  /** The processes that use one cluster with one user, ten per host. */
  readonly processes: number
  /** The statements of the whole fleet. @default 100 per process */
  readonly queries?: number
}

/** Some hosts of a fleet. They share only the cluster with the others, and its capacity is unlimited. */
export interface FleetPart {
  readonly number: number
  readonly seed: number
  readonly processes: number
  readonly hosts: number
  readonly queries: number
}

const PROCESSES_PER_HOST = 10
const QUERIES_PER_PROCESS = 100

/** Small enough for memory, large enough to be worth a start. */
const HOSTS_PER_PART = 20

/** The times of the deployments' steps, in milliseconds since the start of the fleet. */
export const FLEET_TIMES = {
  /** Processes start one after the other. */
  started: 10_000,
  announced: 15_000,
  /** The first proxy switches; the others follow at intervals of `PROXIES.apartMs`. */
  cutOver: 25_000,
  /** The last proxy has switched: no proxy leads to a deployment that accepts new work. */
  outage: 33_000,
  accepted: 38_000,
  ended: 65_000,
} as const

const PROXIES = { count: 5, apartMs: 2000, balance: 'request' } as const

const STEPS: readonly DeploymentDecision[] = [
  { kind: 'announce', at: FLEET_TIMES.announced, accepting: false },
  { kind: 'cut over', at: FLEET_TIMES.cutOver, accepting: false },
  { kind: 'accept', at: FLEET_TIMES.accepted },
  { kind: 'retire', at: FLEET_TIMES.ended },
]

/** The forms of a fleet's statements, with their weights. */
const FORMS: Readonly<Partial<Record<Form, number>>> = { query: 70, stream: 12, cursor: 8, write: 10 }

/** Splits a fleet into parts. The split does not depend on the number of workers. */
export function planFleet({ seed, processes, queries = processes * QUERIES_PER_PROCESS }: FleetSize): FleetPart[] {
  const perPart = HOSTS_PER_PART * PROCESSES_PER_HOST
  return Array.from({ length: Math.ceil(processes / perPart) }, (_, number) => {
    const own = Math.min(perPart, processes - number * perPart)
    return {
      number,
      seed: new Random(seed, number).below(2 ** 32),
      processes: own,
      hosts: Math.ceil(own / PROCESSES_PER_HOST),
      queries: Math.round((queries * own) / processes),
    }
  })
}

/** The events in a part of a fleet. */
export function fleetSchedule({ seed, processes, hosts, queries }: FleetPart): Schedule {
  const random = new Random(seed, 13)
  const operations = Array.from({ length: queries }, (_, index) => drawOperation(random, index, processes))
  return {
    seed,
    settings: {
      ...{ faults: false, processes, hosts, connections: 1, clusters: 1, store: 'shared', tripMs: [0.5, 5] },
      proxies: PROXIES,
      options: {},
    },
    decisions: [...STEPS, ...operations],
  }
}

/** Processes take turns, at times spread evenly from their start. */
function drawOperation(random: Random, index: number, processes: number): OperationDecision {
  const process = index % processes
  const startsAt = (FLEET_TIMES.started * process) / processes
  const rows = random.between(1, 5)
  return {
    ...{ kind: 'operation', id: index + 1, process, connection: 0, batches: 1, pauseMs: 0, rows },
    at: toMicroseconds(startsAt + random.next() * (FLEET_TIMES.ended - startsAt)),
    form: random.weighted(FORMS as Record<Form, number>),
    executeMs: toMicroseconds(random.next() ** 3 * 50),
  }
}
