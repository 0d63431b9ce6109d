import {
  type Asker,
  DEFAULT_STRATEGY_LIMITS,
  initialStrategyState,
  type StrategyState,
  step,
} from '../../src/strategy/strategy-state.ts'
import { newHost } from './environment.ts'
import type { PhaseName } from './phases.ts'
import type { Rules } from './rules.ts'
import {
  type Host,
  type Medium,
  NOW,
  type Process,
  type Routing,
  type Statement,
  type User,
  type World,
} from './world.ts'

/** Which statements a program has: a reading one alone, by rows or whole, a writing one alone, or a read by rows and a write. */
export type Program = 'read' | 'read of a whole result' | 'write' | 'both'

/** What processes know when a search begins. */
export type Knowledge = 'blue' | 'nothing'

/**
 * One part of the search: where it begins. What a scenario says never changes, so the states of different scenarios differ, and
 * each is explored apart. Users, processes and proxies can be exchanged: of the ways to place two statements only those are
 * here that differ by more than names. Where blue is known, blue and green can be exchanged as well: green is never begun with.
 */
export interface Scenario {
  readonly name: string
  readonly read: { readonly user: User; readonly process: Process }
  readonly write: { readonly user: User; readonly process: Process }
  readonly hosts: readonly { readonly user: User; readonly process: Process }[]
  readonly phase: PhaseName
  readonly knows: Knowledge
  readonly program: Program
  readonly proxies: number
  readonly accidents: number
}

interface Placement extends Pick<Scenario, 'read' | 'write' | 'hosts'> {
  readonly name: string
}

const at = (user: User, process: Process) => ({ user, process })

const PLACEMENTS: readonly Placement[] = [
  { name: 'one process', read: at(0, 0), write: at(0, 0), hosts: [at(0, 0)] },
  { name: 'one process, another next to it', read: at(0, 0), write: at(0, 0), hosts: [at(0, 0), at(0, 1)] },
  { name: 'two processes', read: at(0, 0), write: at(0, 1), hosts: [at(0, 0), at(0, 1)] },
  { name: 'two users in one process', read: at(0, 0), write: at(1, 0), hosts: [at(0, 0), at(1, 0)] },
  { name: 'two users in two processes', read: at(0, 0), write: at(1, 1), hosts: [at(0, 0), at(1, 1)] },
]

const BEGINNINGS: readonly { readonly phase: PhaseName; readonly knows: Knowledge }[] = [
  { phase: 'blue-alone', knows: 'blue' },
  { phase: 'both-quietly', knows: 'blue' },
  { phase: 'green-starts', knows: 'nothing' },
  { phase: 'blue-denies', knows: 'blue' },
  { phase: 'gap', knows: 'nothing' },
  { phase: 'blue-gone', knows: 'nothing' },
]

/** A statement alone is looked at in one placement: in the others, it meets the same with other names. */
const LONE_PROGRAMS: readonly Program[] = ['read', 'read of a whole result', 'write']

export interface WorldSize {
  readonly users: number
  readonly processes: number
  readonly proxies: number
  readonly accidents: number
}

/** Every scenario of a size. */
export function scenariosOf({ users, processes, proxies, accidents }: WorldSize): Scenario[] {
  const fits = ({ hosts }: Placement) => hosts.every(({ user, process }) => user < users && process < processes)
  const isRoomy = ({ hosts }: Placement) => hosts.length > 1
  const placements = PLACEMENTS.filter(fits).filter((it) => isRoomy(it) || processes === 1)
  const lonely = placements.find(({ name }) => name === 'two processes') ?? placements[0]
  return placements.flatMap((it) => {
    const { name, ...placement } = it
    const programs = it === lonely ? [...LONE_PROGRAMS, 'both' as const] : ['both' as const]
    return BEGINNINGS.flatMap((beginning) =>
      programs.map((program) => ({
        name: `${name}; ${beginning.phase}, ${beginning.knows} known; ${program}`,
        ...placement,
        ...beginning,
        program,
        proxies,
        accidents,
      })),
    )
  })
}

const USER_NAMES = ['anna@example.com', 'ben@example.com'] as const

/** Whose shared state a user has, by the connector's own key: each user one, unless a defect says otherwise. */
export function mediumOf(user: User, rules: Rules): User {
  const keys = USER_NAMES.map((username) => rules.userHashOf({ username }))
  return keys.indexOf(keys[user]) as User
}

/** The first state of a scenario. */
export function firstWorld({ read, write, hosts, phase, knows, program, proxies, accidents }: Scenario): World {
  const routing: Routing = {
    proxies,
    phase,
    previous: phase,
    behind: 0,
    ran: { blue: phase !== 'blue-gone', green: phase === 'blue-gone' },
  }
  const unknown = initialStrategyState(DEFAULT_STRATEGY_LIMITS)
  const view = knows === 'blue' ? knownState() : phase === 'gap' ? { ...unknown, asker: DEAD_ASKER } : unknown
  const medium: Medium = { state: view, check: undefined }
  const makeHost = (user: User, process: Process): Host | undefined =>
    hosts.some((it) => it.user === user && it.process === process) ? newHost(user, process, 0, view) : undefined
  return {
    routings: [routing, routing],
    accidents,
    media: [medium, medium],
    hosts: [makeHost(0, 0), makeHost(0, 1), makeHost(1, 0), makeHost(1, 1)],
    statements: firstStatements({ read, write, program }),
  }
}

/** The statements of a scenario's program, of which none has begun. */
export function firstStatements({
  read,
  write,
  program,
}: Pick<Scenario, 'read' | 'write' | 'program'>): World['statements'] {
  const handsOver = program === 'read of a whole result' ? 'whole' : 'rows'
  const [reading, writing] = [newStatement('read', read, handsOver), newStatement('write', write, 'whole')]
  return [program === 'write' ? leftOut(reading) : reading, program.startsWith('read') ? leftOut(writing) : writing]
}

function leftOut(statement: Statement): Statement {
  return { ...statement, phase: { kind: 'done', outcome: 'gone', why: 'it is not part of the program' } }
}

/** Where both deployments refuse at first, a process has asked for all, and died. */
const DEAD_ASKER: Asker = { id: 'dead', at: NOW - 5, pauseMs: 50, purpose: 'hold' }

/** Blue was found ten seconds ago. */
function knownState(): StrategyState {
  const initial = initialStrategyState(DEFAULT_STRATEGY_LIMITS)
  return step(initial, { kind: 'detected', strategy: 'blue', epoch: 0 }, NOW - 10_000, DEFAULT_STRATEGY_LIMITS)
}

function newStatement(
  name: Statement['name'],
  { user, process }: { user: User; process: Process },
  handsOver: Statement['handsOver'],
): Statement {
  return {
    name,
    user,
    process,
    handsOver,
    phase: { kind: 'idle' },
    trouble: undefined,
    runsOn: undefined,
    run: 0,
    first: undefined,
    refusedBy: undefined,
    stage: 'execute',
    reruns: { maxRetryAttempts: 0, once: 0 },
    received: 0,
    handedOverOf: undefined,
    executions: 0,
    killed: 'no',
  }
}
