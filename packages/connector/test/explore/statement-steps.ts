import { GRPC_STATUS } from '../../src/transport/grpc-status.ts'
import { otherStrategy } from '../../src/types/strategy.ts'
import { type ServedCall, waysToServe } from './engine-answers.ts'
import { LIMITS, send, sendNewWork, troubleOf } from './new-work.ts'
import { recover } from './recover.ts'
import type { Scene } from './scene.ts'
import { type CallAnswer, NOW, type Sent } from './world.ts'

/** As in the connector: how long a query waits to hear whether the other strategy takes its statement. */
const ELSEWHERE_MS = 1000

/** A step that an actor may take now: done to a scene of its own. */
export type Step = (scene: Scene) => void

/** All that a statement, or the server on its call, may do next. */
export function statementSteps({ statement, host, routing, faults }: Scene): Step[] {
  const { phase } = statement
  switch (phase.kind) {
    case 'idle':
      return [
        (scene) => {
          scene.tell(`a program starts the ${scene.statement.name}`)
          sendNewWork(scene)
        },
      ]
    case 'sent': {
      const { sent } = phase
      const { strategy } = sent.ticket
      const isForgottenSession = host.sessions[strategy]?.isForgotten ?? false
      const ways = waysToServe(
        sent.call,
        strategy,
        { routing, faults },
        { isForgottenSession, isKilled: statement.killed !== 'no' },
      )
      return ways.map((way) => (scene) => serve(scene, sent, way))
    }
    case 'answered':
      return [(scene) => receive(scene, phase.sent, phase.answer)]
    case 'paused':
      return [
        (scene) => {
          scene.tell(`the ${scene.statement.name} tries again`)
          scene.kind = 'later'
          if (phase.towards === 'prepare') sendNewWork(scene)
          else sendPinned(scene, phase.towards)
        },
      ]
    case 'waiting':
      return NOW - phase.since >= (phase.asking ? ELSEWHERE_MS : LIMITS.strategyDetectionTimeoutMs)
        ? [giveUpWaiting]
        : []
    case 'checking':
    case 'done':
      return []
    default:
      return phase satisfies never
  }
}

/** The call reaches a proxy, and an engine where it passes. */
function serve(scene: Scene, sent: Sent, way: ServedCall): void {
  const { statement } = scene
  const { strategy } = sent.ticket
  scene.tell(`${sent.call} of the ${statement.name} reaches ${strategy}`)
  scene.served(way)
  if (way.isDone && sent.call === 'prepare') scene.noteRan(strategy)
  const executions = statement.executions + (way.isDone && sent.call === 'execute' ? 1 : 0)
  const answer: CallAnswer = way.failure
    ? { kind: 'fault', fault: scene.rules.readFault(way.failure) }
    : { kind: 'message', announced: scene.announcedBy(strategy) }
  scene.setStatement({ executions: Math.min(executions, 2), phase: { kind: 'answered', sent, answer } })
}

function receive(scene: Scene, sent: Sent, answer: CallAnswer): void {
  const isLogin = sent.call === 'login'
  if (answer.kind === 'fault') {
    if (answer.fault.code === GRPC_STATUS.CANCELLED) scene.setStatement({ killed: 'told' })
    recover(scene, { sent, fault: answer.fault, isLogin })
    return
  }
  const { announced } = answer
  scene.tell(`the ${scene.statement.name} hears of its ${sent.call}${announced ? `, and of ${announced}` : ''}`)
  switch (sent.call) {
    case 'login':
      loggedIn(scene, sent, announced)
      return
    case 'prepare':
      prepared(scene, sent, announced)
      return
    case 'execute':
      executed(scene, sent, announced)
      return
    case 'fetch':
      fetched(scene, sent, announced)
      return
    default:
      sent.call satisfies never
      return
  }
}

function loggedIn(scene: Scene, sent: Sent, announced: string | undefined): void {
  const { strategy, epoch } = sent.ticket
  scene.openSession(strategy)
  scene.drive((manager) => {
    if (manager.current()) manager.loggedIn({ strategy, epoch }, announced)
  })
  send(scene, { ...sent, call: sent.towards })
}

function prepared(scene: Scene, sent: Sent, announced: string | undefined): void {
  const { ticket, sentAt } = sent
  const { strategy, epoch } = ticket
  const refused = troubleOf(scene.statement)?.refusals.get(otherStrategy(strategy))
  scene.accepted({ strategy, epoch }, sentAt, announced)
  if (refused) scene.drive((manager) => manager.servedElsewhere(strategy, refused))
  const run = scene.statement.run + 1
  scene.setStatement({
    run,
    runsOn: strategy,
    first: undefined,
    trouble: undefined,
    stage: 'execute',
    received: 0,
  })
  sendPinned(scene, 'execute')
}

function executed(scene: Scene, sent: Sent, announced: string | undefined): void {
  const { strategy } = sent.ticket
  const { refusedBy } = scene.statement
  scene.pinnedAccepted(sent, announced)
  if (refusedBy && refusedBy !== strategy) {
    scene.drive((manager) => manager.strayed({ strategy: refusedBy, epoch: manager.epoch }))
  }
  scene.setStatement({ trouble: undefined, stage: 'fetch' })
  sendPinned(scene, 'fetch')
}

/** A reading statement has one batch of rows; the next one ends the result. */
function fetched(scene: Scene, sent: Sent, announced: string | undefined): void {
  const { name, received, run, handsOver } = scene.statement
  scene.pinnedAccepted(sent, announced)
  const isEnd = name === 'write' || received === 1
  if (isEnd) {
    finish(scene)
    return
  }
  if (handsOver === 'rows') handOver(scene)
  scene.setStatement({ trouble: undefined, received: 1, run })
  sendPinned(scene, 'fetch')
}

function handOver(scene: Scene): void {
  const { run, handedOverOf } = scene.statement
  if (handedOverOf !== undefined && handedOverOf !== run) {
    scene.violates(`the program was given rows of run ${handedOverOf}, and now of run ${run}`)
  }
  scene.tell('the program is given the rows')
  scene.setStatement({ handedOverOf: run })
}

function finish(scene: Scene): void {
  const { name, reruns, runsOn } = scene.statement
  if (name === 'read') handOver(scene)
  scene.drive((manager) => {
    const isFirstRun = reruns.maxRetryAttempts === 0 && reruns.once === 0
    if (isFirstRun) manager.kept({ strategy: runsOn!, epoch: manager.epoch })
    manager.boundary() // the query is cleared
  })
  scene.end('ok', 'read to its end')
}

function sendPinned(scene: Scene, call: 'execute' | 'fetch'): void {
  const ticket = { strategy: scene.statement.runsOn!, epoch: scene.host.view.epoch }
  send(scene, { call, towards: call, ticket, sentAt: NOW })
}

function giveUpWaiting(scene: Scene): void {
  const { phase } = scene.statement
  if (phase.kind !== 'waiting') return
  scene.leaveFlight()
  if (phase.asking) recoverAsked(scene, phase.asking.sent)
  else scene.end('not-sent', 'no strategy accepted for as long as calls are held')
}

/** Without an answer whether the other strategy takes the statement, its own is asked again. */
function recoverAsked(scene: Scene, { towards }: Sent): void {
  scene.setStatement({ phase: { kind: 'paused', towards } })
}
