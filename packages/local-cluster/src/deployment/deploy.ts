import { setTimeout as sleep } from 'node:timers/promises'
import { WaitTimeoutError } from '../waiting/deadline.ts'
import { otherStrategy, type Strategy } from './strategy.ts'

/** The timing of a complete switch, in milliseconds. */
export interface DeployOptions {
  /** Delay between the announcement and accepting clients. @default 0 */
  acceptAfterMs?: number
  /** Delay between accepting clients and the cut-over, in which clients move on their own. @default 200 */
  cutOverAfterMs?: number
  /** A further condition for the cut-over, such as clients having moved. */
  cutOverWhen?: () => Promise<void>
  /** Time limit for running queries on the old deployment, before it is retired. @default 10000 */
  drainTimeoutMs?: number
}

/** The steps of a switch, as a cluster offers them. */
export interface DeployableCluster {
  readonly active: Strategy
  announce(next: Strategy, options: { accepting: boolean }): Promise<void>
  accept(strategy: Strategy): Promise<void>
  cutOver(): Promise<void>
  retire(strategy: Strategy): Promise<void>
  whenIdle(strategy: Strategy, options: { timeoutMs: number }): Promise<void>
}

/** Runs a switch from announcement to retirement. The retirement ends queries that do not finish in time. */
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
