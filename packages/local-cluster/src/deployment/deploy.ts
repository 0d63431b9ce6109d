import { setTimeout as sleep } from 'node:timers/promises'
import { WaitTimeoutError } from '../waiting/deadline.ts'
import { otherStrategy, type Strategy } from './strategy.ts'

/** How a whole deployment goes. Times are in milliseconds. */
export interface DeployOptions {
  /** Announced before the new deployment takes clients. @default 0 */
  acceptAfterMs?: number
  /** From accepting to the cut-over: the time clients have to move by themselves. @default 200 */
  cutOverAfterMs?: number
  /** A condition for the cut-over beside the time, such as clients having moved. */
  cutOverWhen?: () => Promise<void>
  /** How long running queries of the old deployment may take to finish before it is retired. @default 10000 */
  drainTimeoutMs?: number
}

/** The steps of a deployment, as a cluster offers them. */
export interface DeployableCluster {
  readonly active: Strategy
  announce(next: Strategy, options: { accepting: boolean }): Promise<void>
  accept(strategy: Strategy): Promise<void>
  cutOver(): Promise<void>
  retire(strategy: Strategy): Promise<void>
  whenIdle(strategy: Strategy, options: { timeoutMs: number }): Promise<void>
}

/** Runs a deployment from announcement to retirement. Queries that do not finish in time are cut off by the retirement. */
export async function runDeployment(cluster: DeployableCluster, options: DeployOptions): Promise<void> {
  const { acceptAfterMs = 0, cutOverAfterMs = 200, cutOverWhen, drainTimeoutMs = 10_000 } = options
  const from = cluster.active
  const to = otherStrategy(from)
  await cluster.announce(to, { accepting: acceptAfterMs === 0 })
  if (acceptAfterMs > 0) {
    await sleep(acceptAfterMs)
    await cluster.accept(to)
  }
  await sleep(cutOverAfterMs)
  await cutOverWhen?.()
  await cluster.cutOver()
  await drain(cluster, from, drainTimeoutMs)
  await cluster.retire(from)
}

async function drain(cluster: DeployableCluster, strategy: Strategy, timeoutMs: number): Promise<void> {
  try {
    await cluster.whenIdle(strategy, { timeoutMs })
  } catch (error) {
    if (!(error instanceof WaitTimeoutError)) throw error
  }
}
