import { askerLeaseMs, holdPauseMs } from '../../src/strategy/hold-pace.ts'
import type { RefusedAnswers } from '../../src/strategy/refused-round.ts'
import type { ProbeAnswer } from '../../src/strategy/strategy-prober.ts'
import type { Verdict } from '../../src/strategy/strategy-suspicion.ts'
import { otherStrategy, type Strategy } from '../../src/types/strategy.ts'
import { STILL_CLOCK } from './driven-manager.ts'
import type { ServedCall } from './engine-answers.ts'
import { moveFault } from './invariants.ts'
import { beginRound, LIMITS, pauseRound } from './new-work.ts'
import { CHECK_EVERY_MS } from './recover.ts'
import type { Scene } from './scene.ts'
import type { Step } from './statement-steps.ts'
import { type CheckFacts, type FlightFacts, NOW } from './world.ts'

/** The first pause of prewarming, as in the connector; looks at an announced strategy that fails are at least so far apart. */
const PROVE_EVERY_MS = 250

/** A strategy served lately when it did within this time, as in the connector. */
const SERVED_LATELY_MS = 30_000

/** All that a process does in the background: news, detection, prewarming, suspicion. */
export function hostSteps(scene: Scene): Step[] {
  return [...newsSteps(scene), ...detectionSteps(scene), ...prewarmingSteps(scene), ...suspicionSteps(scene)]
}

function newsSteps({ host }: Scene): Step[] {
  if (!host.isBehind && !host.aloneFrom) return []
  return [
    (scene) => {
      const what = host.aloneFrom ? 'finds the shared memory again' : 'hears what another process has written'
      scene.tell(`${nameOf(scene)} ${what}`)
      scene.hearNews()
    },
  ]
}

function detectionSteps(scene: Scene): Step[] {
  const { flight } = scene.host
  if (!flight) return []
  const { stage } = flight
  if (stage.kind === 'paused') return NOW - stage.at >= Math.max(stage.pauseMs, 1) ? [(next) => beginRound(next)] : []
  const strategy = stage.order[stage.first ? 1 : 0]
  return waysToAsk(scene, strategy).map((way) => (next) => answerRound(next, strategy, way))
}

function waysToAsk(scene: Scene, strategy: Strategy): ServedCall[] {
  return scene.waysToProbe(strategy, { withStatement: isMisled(scene, strategy) })
}

function isMisled({ rules, host }: Scene, strategy: Strategy): boolean {
  return rules.isMisled(host.misledAt[strategy]?.at, NOW)
}

function answerRound(scene: Scene, strategy: Strategy, way: ServedCall): void {
  const withStatement = isMisled(scene, strategy)
  scene.tell(`detection of ${nameOf(scene)} asks ${strategy}`)
  scene.served(way)
  if (!way.failure) {
    scene.openSession(strategy)
    if (withStatement) scene.noteRan(strategy)
  }
  if (withStatement) {
    const { [strategy]: _, ...others } = scene.host.misledAt
    scene.setHost({ misledAt: way.failure ? { ...others, [strategy]: { at: NOW } } : others })
  }
  const answer = scene.probeAnswer(way, strategy)
  const flight = scene.host.flight as FlightFacts & { stage: { kind: 'asked' } }
  const { stage } = flight
  if (!stage.first && answer.kind !== 'accepted') {
    scene.setHost({ flight: { ...flight, stage: { ...stage, first: answer } } })
    scene.countLogin()
    return
  }
  const answers = new Map<Strategy, ProbeAnswer>()
  if (stage.first) answers.set(stage.order[0], stage.first)
  answers.set(strategy, answer)
  const result = scene.rules.resultOf(stage.order[0], answers)
  if (result.kind === 'refused') {
    refusedRound(scene, result.answers)
    return
  }
  const { epoch } = stage
  const { isHeld } = flight
  const ticket = scene.drive((manager) => scene.rules.useFound(manager, result, { epoch, isHeld }))
  if (scene.host.flight) scene.found(ticket)
}

function refusedRound(scene: Scene, answers: RefusedAnswers): void {
  const { refused, startedAt } = scene.host.flight!
  const heldMs = NOW - startedAt
  const { first, servedAt } = scene.drive((manager) => ({
    first: manager.detectionOrder(refused)[0],
    servedAt: manager.servedAt,
  }))
  if (!scene.host.flight) return
  const next = scene.rules.nextStep(answers, { first, servedLately: NOW - servedAt <= SERVED_LATELY_MS })
  if (next.kind === 'fail') {
    scene.notFound(next.error)
    return
  }
  const { unreachableSince: earlier } = scene.host.flight
  const unreachableSince = next.kind === 'hold' ? scene.rules.unreachableSince(earlier, next.why, NOW) : earlier
  if (next.kind === 'hold' && scene.rules.isUnreachableForLong(unreachableSince, NOW, LIMITS)) {
    scene.notFound(errorIn(answers, first))
    return
  }
  scene.tell(next.kind === 'hold' ? 'calls are held' : 'one answer is missing')
  const pauseMs = holdPauseMs(heldMs, STILL_CLOCK)
  const isHeld = scene.host.flight.isHeld || next.kind === 'hold'
  scene.setHost({ flight: { ...scene.host.flight, isHeld, unreachableSince, leaseMs: askerLeaseMs(pauseMs) } })
  pauseRound(scene, pauseMs)
}

function errorIn(answers: RefusedAnswers, first: Strategy): unknown {
  const own = answers[first]
  const other = answers[otherStrategy(first)]
  return 'error' in own ? own.error : 'error' in other ? other.error : undefined
}

/** Announced is not ready: one process proves it for all, by a statement. */
function prewarmingSteps(scene: Scene): Step[] {
  const { proving, provedAt, view } = scene.host
  if (proving) {
    const { strategy } = proving
    return scene.waysToProbe(strategy, { withStatement: true }).map((way) => (next) => prove(next, strategy, way))
  }
  const isSoon = provedAt !== undefined && NOW - provedAt < PROVE_EVERY_MS
  return view.pending && !view.pending.ready && !isSoon ? [beginToProve] : []
}

function beginToProve(scene: Scene): void {
  const strategy = scene.drive((manager) => {
    const { pending } = manager
    const isWanted = pending !== undefined && !manager.isPendingReady && !manager.isBarred(pending)
    return isWanted && manager.mayAsk(PROVE_EVERY_MS, 'readiness') ? pending : undefined
  })
  if (!strategy) return
  scene.tell(`${nameOf(scene)} begins to prove ${strategy}`)
  scene.setHost({ proving: { strategy, epoch: scene.host.view.epoch } })
}

function prove(scene: Scene, strategy: Strategy, way: ServedCall): void {
  const { epoch } = scene.host.proving!
  scene.tell(`${nameOf(scene)} proves ${strategy}`)
  scene.served(way)
  scene.setHost({ proving: undefined, provedAt: NOW })
  if (way.failure) return
  scene.openSession(strategy)
  scene.noteRan(strategy)
  scene.drive((manager) => {
    manager.ready(strategy, epoch)
    manager.stopAsking()
  })
}

function suspicionSteps(scene: Scene): Step[] {
  const { check } = scene.host
  if (!check) return []
  const { stage, of } = check
  if (stage.kind === 'due') {
    if (NOW < stage.at) return []
    return [
      (next) => {
        next.tell(`${nameOf(next)} asks whether ${of.strategy} works`)
        next.setHost({
          lastAskedAt: NOW,
          check: { ...check, stage: { kind: 'asked', at: NOW, active: undefined, answeredAt: undefined } },
        })
      },
    ]
  }
  const strategy = stage.active ? otherStrategy(of.strategy) : of.strategy
  return scene.waysToProbe(strategy, { withStatement: true }).map((way) => (next) => answerCheck(next, strategy, way))
}

function answerCheck(scene: Scene, strategy: Strategy, way: ServedCall): void {
  const check = scene.host.check as CheckFacts & { stage: { kind: 'asked' } }
  const { stage, of } = check
  scene.tell(`the check of ${nameOf(scene)} asks ${strategy}`)
  scene.served(way)
  if (!way.failure) scene.noteRan(strategy)
  const { kind } = scene.probeAnswer(way, strategy)
  const active = stage.active ?? kind
  const answeredAt = stage.answeredAt ?? NOW
  const alone = scene.rules.findingsOf(active, answeredAt)
  if (!stage.active && alone.active !== 'works') {
    scene.setHost({ check: { ...check, stage: { ...stage, active, answeredAt } } })
    return
  }
  const findings = stage.active ? scene.rules.findingsOf(active, answeredAt, kind) : alone
  const ticket = scene.drive(
    (manager) => manager.checked(of, { active: findings.active, other: findings.other, agoMs: NOW - answeredAt }),
    ({ isMovedBySuspicion }) => {
      if (isMovedBySuspicion) scene.violates(moveFault(of.strategy, active))
    },
  )
  const verdict = scene.rules.verdictOf(ticket, findings)
  if (verdict || check.number === 2) {
    endCheck(scene, check, verdict ?? { kind: 'stays', active: 'fails' })
    return
  }
  const at = stage.at + CHECK_EVERY_MS
  scene.setHost({ check: { ...check, number: 2, stage: { kind: 'due', at } } })
}

function endCheck(scene: Scene, { of, askedAt }: CheckFacts, verdict: Verdict): void {
  scene.tell(
    verdict.kind === 'moved' ? `new work goes to ${verdict.ticket.strategy}` : `new work stays on ${of.strategy}`,
  )
  scene.setHost({ check: undefined, lastCheck: { of, askedAt, verdict } })
  scene.verdict = { askedAt, verdict }
}

function nameOf({ host: { process, user } }: Scene): string {
  return `process ${process + 1}${user === 0 ? '' : ' of user 2'}`
}
