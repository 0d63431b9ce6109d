import { Trouble } from '../../src/session/engine-call.ts'
import type { RefusedCall, Ticket } from '../../src/strategy/strategy-change.ts'
import type { ProbeAnswer } from '../../src/strategy/strategy-prober.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import { prepareFault } from './invariants.ts'
import type { Scene } from './scene.ts'
import { type Asking, NOW, type SearchTicket, type Sent, type Statement, type TroubleFacts } from './world.ts'

/** The limits that the statements of the search go by: the connector's defaults. */
export const LIMITS = {
  strategyDetectionTimeoutMs: 30_000,
  pinnedRefusalPatienceMs: 2000,
  maxRetryAttempts: 5,
  restartUnreadQueries: true,
} as const

/** What a call has been through, as the connector keeps it. */
export function troubleOf({ trouble }: Pick<Statement, 'trouble'>): Trouble | undefined {
  if (!trouble) return undefined
  const { since, refusals, pinRefusal: _, ...facts } = trouble
  const known = Object.assign(new Trouble(since), facts)
  for (const refusal of refusals) known.refusals.set(refusal.by.strategy, refusal)
  return known
}

export function setTrouble(scene: Scene, fields: Partial<TroubleFacts>): void {
  scene.setStatement({ trouble: { ...(scene.statement.trouble ?? newTrouble()), ...fields } })
}

function newTrouble(): TroubleFacts {
  return {
    since: NOW,
    failures: 0,
    refused: 0,
    resumed: 0,
    suspicions: 0,
    wasChecked: false,
    renewedAt: undefined,
    refusals: [],
    pinRefusal: undefined,
  }
}

/** Sends a statement to be prepared where the connector says. */
export function sendNewWork(scene: Scene): void {
  const { rules, statement } = scene
  const trouble = troubleOf(statement)
  const known = trouble?.lastRefusal ? undefined : routeKnown(scene)
  const route = rules.routeOf(statement.first ? { first: statement.first } : {}, trouble, known)
  switch (route.kind) {
    case 'elsewhere': {
      const ticket = elsewhere(scene, route.refused)
      if (ticket) prepareOn(scene, ticket)
      return
    }
    case 'first':
      prepareOn(scene, { strategy: route.strategy, epoch: scene.host.view.epoch })
      return
    case 'known':
      prepareOn(scene, route.ticket)
      return
    case 'detect':
      wait(scene, undefined)
      return
    default:
      route satisfies never
      return
  }
}

/** What the connector knows without asking; nothing while calls are held. */
function routeKnown(scene: Scene): Ticket | undefined {
  const ticket = scene.drive((manager) => manager.boundary())
  return scene.host.flight?.isHeld ? undefined : ticket
}

/** Where a refused call may go, if that is known; else the statement waits for detection. */
export function elsewhere(
  scene: Scene,
  refused: RefusedCall & { by: SearchTicket },
  asking?: Asking,
): SearchTicket | undefined {
  const { strategy, epoch } = refused.by
  if (refused.by.isIssued) scene.setHost({ misledAt: { ...scene.host.misledAt, [strategy]: { at: NOW } } })
  const { found } = scene.host
  const isOfFound = refused.by.isIssued && found?.ticket.strategy === strategy && found.ticket.epoch === epoch
  const by = isOfFound ? found.ticket : refused.by
  const known = scene.drive((manager) => scene.rules.knownElsewhere({ by, sentAt: refused.sentAt }, manager, found))
  if (!known) wait(scene, strategy, asking)
  return known && { ...known, isIssued: known === found?.ticket }
}

function wait(scene: Scene, refused: Strategy | undefined, asking?: Asking): void {
  const { flight } = scene.host
  scene.setStatement({ phase: { kind: 'waiting', since: NOW, asking } })
  scene.tell(`the ${scene.statement.name} waits for a strategy`)
  if (flight) scene.setHost({ flight: { ...flight, waiting: flight.waiting + 1 } })
  else launch(scene, refused)
}

function launch(scene: Scene, refused: Strategy | undefined): void {
  const stage = { kind: 'paused', at: NOW, pauseMs: 0 } as const
  const flight = {
    refused,
    startedAt: NOW,
    unreachableSince: NOW,
    isHeld: false,
    round: 0,
    leaseMs: 0,
    waiting: 1,
    stage,
  }
  scene.setHost({ flight })
  beginRound(scene)
}

/** Begins to ask both strategies, if no other process asks for all. */
export function beginRound(scene: Scene): void {
  const flight = { ...scene.host.flight!, round: Math.min(scene.host.flight!.round + 1, 2) }
  scene.setHost({ flight })
  const { leaseMs, round, refused } = flight
  const mayAsk = round === 1 || scene.drive((manager) => manager.mayAsk(leaseMs, 'hold'))
  if (!scene.host.flight) return // what was written by another process has ended it
  if (!mayAsk) {
    scene.tell('another process asks')
    pauseRound(scene)
    return
  }
  const { order, known, epoch } = scene.drive((manager) => ({
    order: manager.detectionOrder(refused),
    known: manager.current(),
    epoch: manager.epoch,
  }))
  if (!scene.host.flight) return
  if (known && refused === undefined) {
    scene.found(known)
    return
  }
  scene.tell(`detection asks ${order[0]}`)
  const answers: { first: ProbeAnswer | undefined } = { first: undefined }
  scene.setHost({ flight: { ...scene.host.flight, stage: { kind: 'asked', order, epoch, ...answers } } })
  scene.countLogin()
}

export function pauseRound(scene: Scene, pauseMs = scene.host.flight!.leaseMs): void {
  scene.setHost({ flight: { ...scene.host.flight!, stage: { kind: 'paused', at: NOW, pauseMs } } })
}

/** Sends the prepare, after a login where there is no session. */
export function prepareOn(scene: Scene, ticket: SearchTicket): void {
  const { host, statement, routing } = scene
  const isServing = (strategy: Strategy) => scene.servesEverywhere(strategy)
  scene.violates(prepareFault(statement, ticket.strategy, host, { ran: routing.ran, isServing }))
  send(scene, { call: 'prepare', towards: 'prepare', ticket, sentAt: NOW })
}

/** Sends a call, or the login that it needs first. */
export function send(scene: Scene, sent: Sent): void {
  const { strategy } = sent.ticket
  const isOpen = scene.host.sessions[strategy]?.isOpen ?? false
  const call = isOpen ? sent.call : 'login'
  if (call === 'login') scene.countLogin()
  putCheckBefore(scene)
  scene.tell(`the ${scene.statement.name} sends ${call} to ${strategy}`)
  scene.setStatement({ phase: { kind: 'sent', sent: { ...sent, call, sentAt: NOW } } })
}

/** A check that has ended began before a call that is sent now, though no time has passed: of real clocks no two looks are equal. */
function putCheckBefore(scene: Scene): void {
  const { lastCheck } = scene.host
  if (lastCheck?.askedAt === NOW) scene.setHost({ lastCheck: { ...lastCheck, askedAt: NOW - 1 } })
}
