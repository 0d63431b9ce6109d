import type { Verdict } from '../../src/strategy/strategy-suspicion.ts'
import type { Fault } from '../../src/transport/status-rules.ts'
import { cutOff } from './cut-off.ts'
import { elsewhere, LIMITS, prepareOn, send, sendNewWork, setTrouble, troubleOf } from './new-work.ts'
import type { Released, Scene } from './scene.ts'
import { type CallName, NOW, type Sent, type TroubleFacts } from './world.ts'

/** What is known of a call that failed. */
interface Failed {
  readonly sent: Sent
  readonly fault: Fault
  readonly isLogin: boolean
}

const trouble = (scene: Scene): TroubleFacts => scene.statement.trouble!

const isPinned = ({ towards }: Sent) => towards !== 'prepare'

const callKind = ({ towards }: Sent) => (towards === 'prepare' ? 'new-work' : 'once')

/** Decides what follows a failed call, by the connector's rules, and does it. */
export function recover(scene: Scene, failed: Failed): void {
  const { rules } = scene
  const { sent, fault, isLogin } = failed
  setTrouble(scene, {})
  if (fault.kind !== 'strategy-mismatch') setTrouble(scene, { failures: trouble(scene).failures + 1 })
  // A pin is only asked whether it is there.
  const pin = isPinned(sent) ? ({} as Parameters<typeof rules.loginKind>[1]) : undefined
  const kind = isLogin ? rules.loginKind({ kind: callKind(sent) }, pin) : callKind(sent)
  const attempt = isPinned(sent) ? {} : { ticket: sent.ticket }
  const action = rules.nextAction(fault, kind, rules.destinationOf(attempt, troubleOf(scene.statement)!))
  scene.tell(`${sent.call} failed (${fault.kind}): ${action}`)
  if (fault.kind === 'session-unknown') closeSession(scene, sent)
  switch (action) {
    case 'find-strategy':
      noteRefusal(scene, failed)
      return
    case 'repeat-on-pin':
      repeatOnPin(scene, failed)
      return
    case 'renew-session':
      renewSession(scene, failed)
      return
    case 'resume-cluster':
      isPinned(sent) ? resumeCluster(scene, failed) : checkFirst(scene, failed, 'resume-cluster')
      return
    case 'suspect':
      suspect(scene, failed)
      return
    case 'repeat':
      repeat(scene, failed)
      return
    case 'repeat-on-session':
    case 'wait': // no call here keeps a session or meets load
    case 'give-up':
      giveUp(scene, failed)
      return
    default:
      action satisfies never
      return
  }
}

function sendAgain(scene: Scene, { sent }: Failed): void {
  if (isPinned(sent)) send(scene, { ...sent, call: sent.towards })
  else sendNewWork(scene)
}

function pause(scene: Scene, { sent: { towards } }: Failed): void {
  scene.setStatement({ phase: { kind: 'paused', towards } })
}

function repeat(scene: Scene, failed: Failed): void {
  if (!scene.rules.hasTries(trouble(scene), LIMITS)) giveUp(scene, failed)
  else if (trouble(scene).failures > 1) pause(scene, failed)
  else sendAgain(scene, failed)
}

function noteRefusal(scene: Scene, failed: Failed): void {
  const { sent, fault } = failed
  const { ticket, sentAt } = sent
  if (fault.kind === 'strategy-mismatch') scene.drive((manager) => manager.refused(ticket, sent.call))
  const refusals = trouble(scene).refusals.filter(({ by }) => by.strategy !== ticket.strategy)
  const refused = Math.min(trouble(scene).refused + 1, 3) // from the third on, all are alike
  setTrouble(scene, { refusals: [...refusals, { by: ticket, sentAt }], refused })
  if (NOW - trouble(scene).since >= LIMITS.strategyDetectionTimeoutMs) giveUp(scene, failed)
  else if (refused > 2) pause(scene, failed)
  else sendNewWork(scene)
}

function repeatOnPin(scene: Scene, failed: Failed): void {
  const { sent, fault } = failed
  const { strategy } = sent.ticket
  scene.drive((manager) => manager.pinnedRefused({ strategy, epoch: manager.epoch }, sent.call))
  const pinRefusal = trouble(scene).pinRefusal ?? { since: NOW, hasAsked: false }
  setTrouble(scene, { pinRefusal })
  const mayAsk = mayRunElsewhere(scene, sent.towards) && !pinRefusal.hasAsked
  const step = scene.rules.refusalStep(NOW - pinRefusal.since, LIMITS.pinnedRefusalPatienceMs, { mayAsk })
  switch (step) {
    case 'give-up':
      giveUp(scene, failed)
      return
    case 'repeat':
      pause(scene, failed)
      return
    case 'ask-elsewhere': {
      setTrouble(scene, { pinRefusal: { ...pinRefusal, hasAsked: true } })
      const by = { strategy, epoch: scene.host.view.epoch }
      const ticket = elsewhere(scene, { by, sentAt: sent.sentAt }, { sent, fault })
      if (ticket) askedElsewhere(scene, failed, { kind: 'ticket', ticket })
      return
    }
    default:
      step satisfies never
      return
  }
}

function mayRunElsewhere({ statement }: Scene, towards: CallName): boolean {
  return towards === 'execute' || (statement.name === 'read' && statement.handedOverOf === undefined)
}

function askedElsewhere(scene: Scene, failed: Failed, released: Released): void {
  const { sent } = failed
  const accepts = released.kind === 'ticket' && released.ticket.strategy !== sent.ticket.strategy
  if (accepts && mayRunElsewhere(scene, sent.towards)) giveUp(scene, failed)
  else pause(scene, failed)
}

function closeSession(scene: Scene, { ticket: { strategy } }: Sent): void {
  const session = scene.host.sessions[strategy]
  if (session) scene.setHost({ sessions: { ...scene.host.sessions, [strategy]: { ...session, isOpen: false } } })
}

function renewSession(scene: Scene, failed: Failed): void {
  const { sent } = failed
  const session = scene.host.sessions[sent.ticket.strategy]!
  const isNew = scene.rules.isDeniedAnew(trouble(scene), session, sent.sentAt)
  const { noRenewalUntil } = scene.host
  const isBarred = (noRenewalUntil[sent.call]?.at ?? 0) > NOW
  if (isNew) scene.setHost({ noRenewalUntil: { ...noRenewalUntil, [sent.call]: { at: NOW + NO_RENEWAL_MS } } })
  if (isNew || (!session.isOpen && isBarred)) {
    giveUp(scene, failed)
    return
  }
  setTrouble(scene, { renewedAt: trouble(scene).renewedAt ?? sent.sentAt })
  sendAgain(scene, failed)
}

/** As in the connector: how long a method that was denied twice causes no login. */
const NO_RENEWAL_MS = 10_000

function resumeCluster(scene: Scene, failed: Failed): void {
  setTrouble(scene, { resumed: trouble(scene).resumed + 1 })
  if (trouble(scene).resumed >= LIMITS.maxRetryAttempts) {
    giveUp(scene, failed)
    return
  }
  scene.tell('the cluster is resumed')
  sendAgain(scene, failed)
}

function suspect(scene: Scene, failed: Failed): void {
  const { rules, host } = scene
  const { sent, fault, isLogin } = failed
  const isCleared = rules.isClearedBy(host.lastCheck, sent.ticket, NOW)
  if (isCleared && rules.mayBeOwnError(fault, { isLogin })) {
    giveUp(scene, failed)
    return
  }
  const suspicions = trouble(scene).suspicions + 1
  setTrouble(scene, { suspicions: Math.min(suspicions, 2) }) // from the second on, all are alike
  if (suspicions > 1) checkFirst(scene, failed, 'suspect')
  else repeat(scene, failed)
}

/** What follows a check: what a fault of the call itself does, or the resumption of the cluster. */
type AfterCheck = 'suspect' | 'resume-cluster'

/** Has the strategy of the call checked, once for a call, and goes on by what that comes to. */
function checkFirst(scene: Scene, failed: Failed, next: AfterCheck): void {
  if (trouble(scene).wasChecked) {
    afterCheck(scene, failed, next, undefined)
    return
  }
  setTrouble(scene, { wasChecked: true })
  waitForCheck(scene, failed, next)
}

function waitForCheck(scene: Scene, failed: Failed, next: AfterCheck): void {
  const { sent, fault, isLogin } = failed
  const current = scene.drive((manager) => manager.current())
  const last = scene.host.lastCheck
  const known = scene.rules.knownVerdict(sent.ticket, sent.sentAt, { current, last })
  if (known) {
    afterCheck(scene, failed, next, known)
    return
  }
  scene.setStatement({ phase: { kind: 'checking', sent, fault, isLogin, next } })
  if (scene.host.check) return
  const { strategy, epoch } = sent.ticket
  const askedAt = Math.max(NOW, (scene.host.lastAskedAt ?? 0) + CHECK_EVERY_MS)
  scene.tell(`${strategy} is suspected`)
  scene.setHost({ check: { of: { strategy, epoch }, askedAt, number: 1, stage: { kind: 'due', at: askedAt } } })
}

/** As in the connector: both strategies are asked at most once in so long. */
export const CHECK_EVERY_MS = 1000

function afterCheck(scene: Scene, failed: Failed, next: AfterCheck, verdict: Verdict | undefined): void {
  if (verdict?.kind === 'moved') {
    sendNewWork(scene)
    return
  }
  if (next === 'resume-cluster') {
    resumeCluster(scene, failed)
    return
  }
  const { isLogin, fault } = failed
  const step = scene.rules.afterCheck(fault, { isLogin, active: verdict?.active })
  switch (step) {
    case 'find-strategy':
      noteRefusal(scene, failed)
      return
    case 'repeat':
      repeat(scene, failed)
      return
    case 'give-up':
      giveUp(scene, failed)
      return
    default:
      step satisfies never
  }
}

/** Nothing more can be done for the call. */
function giveUp(scene: Scene, failed: Failed): void {
  const { rules, statement } = scene
  const { sent, fault, isLogin } = failed
  if (isPinned(sent) && (!isLogin || fault.kind === 'strategy-mismatch')) {
    cutOff(scene, fault)
    return
  }
  const outcome = rules.callOutcomeOf({ fault }, { kind: callKind(sent) }, isLogin)
  if (!isPinned(sent)) {
    scene.end(outcome, `${sent.call}: ${fault.kind}`)
    return
  }
  const error = Object.assign(new Error(fault.details), { outcome })
  rules.withOutcome(
    error,
    { readsOnly: statement.name === 'read' } as Parameters<typeof rules.withOutcome>[1],
    statement.stage,
  )
  scene.end(error.outcome, `${sent.call}: ${fault.kind}`)
}

/** Detection has released the statement, or failed. */
export function resume(scene: Scene, released: Released): void {
  const { phase, name } = scene.statement
  if (phase.kind !== 'waiting') return
  const { asking } = phase
  if (asking) {
    askedElsewhere(scene, { ...asking, isLogin: false }, released)
    return
  }
  if (released.kind === 'ticket') {
    scene.tell(`the ${name} may go to ${released.ticket.strategy}`)
    prepareOn(scene, released.ticket)
    return
  }
  const { fault } = released.error as { fault: Fault }
  // Each call that waits meets the suspension, and has the cluster resumed; any other error ends the call.
  if (fault.kind !== 'cluster-suspended') {
    scene.end('not-sent', `detection: ${fault.kind}`)
    return
  }
  setTrouble(scene, {})
  setTrouble(scene, { failures: trouble(scene).failures + 1 })
  const ticket = { strategy: scene.host.view.active ?? 'blue', epoch: scene.host.view.epoch } as const
  resumeCluster(scene, { sent: { call: 'login', towards: 'prepare', ticket, sentAt: NOW }, fault, isLogin: true })
}

/** A check that the statement waited for has come to its end. */
export function checked(scene: Scene, askedAt: number, verdict: Verdict): void {
  const { phase } = scene.statement
  if (phase.kind !== 'checking') return
  if (verdict.kind === 'moved' || askedAt >= phase.sent.sentAt) afterCheck(scene, phase, phase.next, verdict)
  else waitForCheck(scene, phase, phase.next)
}
