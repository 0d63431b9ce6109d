import type { Fault } from '../../src/transport/status-rules.ts'
import { otherStrategy } from '../../src/types/strategy.ts'
import { LIMITS, sendNewWork } from './new-work.ts'
import type { Scene } from './scene.ts'

/** A run of the statement was cut off: it is run again where the connector's rules say so. */
export function cutOff(scene: Scene, fault: Fault): void {
  const { rules, statement } = scene
  const { stage, reruns, name } = statement
  const readsOnly = name === 'read'
  const rowsHandedOver = statement.handedOverOf === undefined ? 0 : 1
  const rule = rules.rerunRule({ fault, stage, reads: readsOnly, rowsHandedOver, reruns }, LIMITS)
  scene.drive((manager) => manager.boundary()) // the old run is released
  if (!rule) {
    scene.end(rules.outcomeOf({ stage, error: { fault } }, { readsOnly }), `${stage}: ${fault.kind}`)
    return
  }
  scene.tell(`the ${name} is run again`)
  scene.setStatement({
    reruns: { ...reruns, [rule.most]: reruns[rule.most] + 1 },
    first: rule.where === 'other' ? otherStrategy(statement.runsOn!) : undefined,
    refusedBy: fault.kind === 'strategy-mismatch' ? statement.runsOn : statement.refusedBy,
    runsOn: undefined,
    killed: statement.killed === 'told' ? 'told' : 'no', // another query is another one to kill
    received: 0,
    trouble: undefined,
  })
  sendNewWork(scene)
}
