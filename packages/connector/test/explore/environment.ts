import { withCheck } from '../../src/strategy/shared-reconcile.ts'
import { STRATEGIES, type Strategy } from '../../src/types/strategy.ts'
import { PHASES, type PhaseName } from './phases.ts'
import { aged, type Host, type Medium, type Process, type Routing, type Statement, type User } from './world.ts'

/** What may happen in the world around the connector. */
export type Happening =
  | { readonly kind: 'phase'; readonly user: User; readonly to: PhaseName }
  | { readonly kind: 'learn'; readonly user: User }
  | { readonly kind: 'tick'; readonly ms: (typeof TICKS)[number] }
  | { readonly kind: 'expire'; readonly user: User; readonly strategy: Strategy }
  | { readonly kind: 'kill'; readonly statement: 'read' | 'write' }
  | { readonly kind: 'restart'; readonly process: Process }
  | { readonly kind: 'lose'; readonly process: Process }

/** The steps of the clock: a moment, and one beyond each group of limits that the rules know, in milliseconds. */
export const TICKS = [5, 300, 1100, 11_000, 31_000, 301_000] as const

/** What may happen to the deployments of a user. */
export function movesOf({ phase, behind }: Routing, user: User): Happening[] {
  if (behind > 0) return [{ kind: 'learn', user }]
  return PHASES[phase].next.map((to) => ({ kind: 'phase', user, to }))
}

/** The accidents that may happen to the world, in addition to faults of calls. */
export function accidentsOf(users: readonly User[]): Happening[] {
  return [
    ...TICKS.map((ms) => ({ kind: 'tick' as const, ms })),
    ...users.flatMap((user) => STRATEGIES.map((strategy) => ({ kind: 'expire' as const, user, strategy }))),
    { kind: 'kill', statement: 'read' },
    { kind: 'kill', statement: 'write' },
    { kind: 'restart', process: 0 },
    { kind: 'restart', process: 1 },
    { kind: 'lose', process: 0 },
    { kind: 'lose', process: 1 },
  ]
}

export function tellHappening(happening: Happening, users: number): string {
  const whose = 'user' in happening && users > 1 ? ` of user ${happening.user + 1}` : ''
  switch (happening.kind) {
    case 'phase':
      return `the deployments${whose}: ${happening.to} (blue ${PHASES[happening.to].modes.blue}, green ${PHASES[happening.to].modes.green})`
    case 'learn':
      return `one more proxy${whose} learns of it`
    case 'tick':
      return `${happening.ms} ms pass`
    case 'expire':
      return `${happening.strategy} forgets the sessions${whose}`
    case 'kill':
      return `an administrator cancels the query of the ${happening.statement}`
    case 'restart':
      return `process ${happening.process + 1} is killed and starts again`
    case 'lose':
      return `process ${happening.process + 1} can't use the shared memory any more`
    default:
      return happening satisfies never
  }
}

/** How the deployments stand after they have moved on. */
export function movedTo(routing: Routing, to: PhaseName): Routing {
  const ran = to === 'green-starts' ? { ...routing.ran, green: false } : routing.ran
  return { ...routing, phase: to, previous: routing.phase, behind: routing.proxies, ran }
}

/** First some proxies have learnt, then all: which, and how many, no call can tell. */
export function learnt(routing: Routing): Routing {
  const { behind, proxies, phase } = routing
  if (behind === proxies && proxies > 1) return { ...routing, behind: 1 }
  return { ...routing, behind: 0, previous: phase }
}

/** What is shared when a process has written down what it knows to be confirmed, which it does a tenth of a second later. */
export function flushed(medium: Medium, { view, aloneFrom }: Host): Medium {
  if (aloneFrom) return medium
  const { epoch, checkedAt, servedAt } = view
  const known = medium.check ? withCheck(medium.state, medium.check) : medium.state
  const confirmed = withCheck(known, { epoch, checkedAt, servedAt })
  if (confirmed === known) return medium
  return { ...medium, check: { epoch, checkedAt: confirmed.checkedAt, servedAt: confirmed.servedAt } }
}

export const agedMedium = (medium: Medium, ms: number): Medium => aged(medium, ms)
export const agedHost = (host: Host, ms: number): Host => ({ ...aged(host, ms), logins: 0 })
export const agedStatement = (statement: Statement, ms: number): Statement => aged(statement, ms)

export function forgetful(host: Host, strategy: Strategy): Host {
  const session = host.sessions[strategy]
  if (!session?.isOpen || session.isForgotten) return host
  return { ...host, logins: 0, sessions: { ...host.sessions, [strategy]: { ...session, isForgotten: true } } }
}

export function killed(statement: Statement): Statement {
  const isOnEngine = statement.runsOn !== undefined && statement.phase.kind !== 'done' && statement.killed === 'no'
  return isOnEngine ? { ...statement, killed: 'on-engine' } : statement
}

/** A process that starts anew knows what is shared, and nothing else. */
export function restarted({ user, process, life }: Host, { state, check }: Medium): Host {
  const view = check ? withCheck(state, check) : state
  return newHost(user, process, life + 1, view)
}

export function newHost(user: User, process: Process, life: number, view: Host['view']): Host {
  return {
    user,
    process,
    life,
    view,
    isBehind: false,
    aloneFrom: undefined,
    accepted: undefined,
    sessions: {},
    flight: undefined,
    found: undefined,
    misledAt: {},
    proving: undefined,
    provedAt: undefined,
    check: undefined,
    lastCheck: undefined,
    lastAskedAt: undefined,
    noRenewalUntil: {},
    logins: 0,
  }
}

/** A statement ends with its process. */
export function orphaned(statement: Statement): Statement {
  if (statement.phase.kind === 'idle' || statement.phase.kind === 'done') return statement
  return { ...statement, trouble: undefined, phase: { kind: 'done', outcome: 'gone', why: 'its process was killed' } }
}

/** A process that goes on with what it knows, and can neither read nor write what is shared. */
export const alone = (host: Host): Host =>
  host.aloneFrom ? host : { ...host, logins: 0, isBehind: false, aloneFrom: host.view }

export const behind = (host: Host): Host => (host.isBehind || host.aloneFrom ? host : { ...host, isBehind: true })
export const untroubled = (host: Host): Host => (host.logins === 0 ? host : { ...host, logins: 0 })
