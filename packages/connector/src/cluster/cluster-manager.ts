import { type ConnectionEvents, EventHub } from '../observability/events.ts'
import type { Logger } from '../observability/logger.ts'
import type { Clock } from '../time/clock.ts'
import { type CallOptions, Deadline } from '../time/deadline.ts'
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

export interface WaitOptions extends CallOptions {
  /** Called after each check of the cluster's status. */
  onProgress?: (progress: { status: ClusterStatus; waitedMs: number }) => void
}

/** The default time limit of one call, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000

/** Reports the status of a cluster, suspends it and resumes it. */
export class ClusterManager {
  readonly #parts: ClusterManagerParts

  /** @internal */
  constructor(parts: ClusterManagerParts) {
    this.#parts = parts
  }

  /** Returns `active`, `suspended`, `resuming`, `failed`, or another status of the cluster. */
  status(limits: CallOptions = {}): Promise<ClusterStatus> {
    return this.#ask('status', limits)
  }

  /** Requests a resume and returns the status after the request. It may take minutes until the cluster is active. */
  resume(limits: CallOptions = {}): Promise<ClusterStatus> {
    return this.#ask('resume', limits)
  }

  suspend(limits: CallOptions = {}): Promise<ClusterStatus> {
    return this.#ask('suspend', limits)
  }

  /**
   * Waits until the cluster is active, and resumes it if it is suspended; at most `autoResumeTimeoutMs`.
   * @throws ClusterSuspendedError when it is not active in time, or has failed
   */
  async waitUntilActive({ onProgress, ...limits }: WaitOptions = {}): Promise<void> {
    const { client, clock, logger, options } = this.#parts
    const events = new EventHub<ConnectionEvents>(logger)
    if (onProgress) {
      events.on('cluster:resuming', onProgress)
      events.on('cluster:active', ({ waitedMs }) => onProgress({ status: 'active', waitedMs }))
    }
    // The resumption's own limit gives a better error than the end of this deadline.
    const deadline = Deadline.of(clock, limits, Number.POSITIVE_INFINITY, 'waiting for the cluster')
    await new ClusterResumption(clock, options).ensureActive(client, events, deadline)
  }

  /** Closes the connection; pending calls fail with `ClosedError`. */
  close(): void {
    this.#parts.transport.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #ask(call: 'status' | 'resume' | 'suspend', limits: CallOptions): Promise<ClusterStatus> {
    const { client, clock } = this.#parts
    try {
      return await client.ask(call, Deadline.of(clock, limits, CALL_TIMEOUT_MS, `cluster ${call}`))
    } catch (error) {
      throw error instanceof CallFailure ? faultError(error) : error
    }
  }
}
