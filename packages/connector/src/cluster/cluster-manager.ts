import { type ConnectionEvents, EventHub } from '../observability/events.ts'
import type { Logger } from '../observability/logger.ts'
import type { Clock } from '../time/clock.ts'
import { type CallLimits, Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import { CallFailure, type Transport } from '../transport/transport.ts'
import { ClusterResumption } from './cluster-resumption.ts'
import type { ClusterClient, ClusterStatus } from './cluster-service.ts'
import type { ResumeOptions } from './resume-options.ts'

export interface ClusterManagerParts {
  readonly transport: Transport
  readonly client: ClusterClient
  readonly clock: Clock
  readonly logger: Logger
  readonly options: Required<ResumeOptions>
}

export interface WaitOptions extends CallLimits {
  /** Told after each look at the cluster's status. */
  onProgress?: (progress: { status: ClusterStatus; waitedMs: number }) => void
}

/** How long one call may take when nothing else is said, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000

/** Looks at a cluster as a whole, suspends it and brings it back. */
export class ClusterManager {
  readonly #parts: ClusterManagerParts

  /** @internal */
  constructor(parts: ClusterManagerParts) {
    this.#parts = parts
  }

  /** `active`, `suspended`, `resuming`, `failed`, or another word of the cluster's. */
  status(limits: CallLimits = {}): Promise<ClusterStatus> {
    return this.#ask('status', limits)
  }

  /** Asks for the cluster to be resumed; it may take minutes until it is active. Returns the status by then. */
  resume(limits: CallLimits = {}): Promise<ClusterStatus> {
    return this.#ask('resume', limits)
  }

  suspend(limits: CallLimits = {}): Promise<ClusterStatus> {
    return this.#ask('suspend', limits)
  }

  /**
   * Waits until the cluster is active, resuming it if it is suspended; at most `autoResumeTimeoutMs`.
   * @throws ClusterSuspendedError when it is not active by then, or has failed
   */
  async waitUntilActive({ onProgress, ...limits }: WaitOptions = {}): Promise<void> {
    const { client, clock, logger, options } = this.#parts
    const events = new EventHub<ConnectionEvents>(logger)
    if (onProgress) {
      events.on('cluster:resuming', onProgress)
      events.on('cluster:active', ({ waitedMs }) => onProgress({ status: 'active', waitedMs }))
    }
    // What bounds the resumption itself says more about the cluster than a time that is up.
    const deadline = Deadline.of(clock, limits, Number.POSITIVE_INFINITY, 'waiting for the cluster')
    await new ClusterResumption(clock, options).ensureActive(client, events, deadline)
  }

  /** Closes the connection; calls under way fail with `ClosedError`. */
  close(): void {
    this.#parts.transport.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #ask(call: 'status' | 'resume' | 'suspend', limits: CallLimits): Promise<ClusterStatus> {
    const { client, clock } = this.#parts
    try {
      return await client.ask(call, Deadline.of(clock, limits, CALL_TIMEOUT_MS, `cluster ${call}`))
    } catch (error) {
      throw error instanceof CallFailure ? faultError(error) : error
    }
  }
}
