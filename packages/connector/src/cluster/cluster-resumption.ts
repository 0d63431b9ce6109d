import { ClosedError, ClusterSuspendedError, TimeoutError } from '../errors.ts'
import type { ConnectionEvents, EventHub } from '../observability/events.ts'
import type { Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import { CallFailure } from '../transport/transport.ts'
import type { ClusterClient, ClusterStatus } from './cluster-service.ts'
import type { ResumeOptions } from './resume-options.ts'

/** The first pause between two status checks, in milliseconds; it doubles up to `autoResumePollMs`. */
const FIRST_POLL_MS = 100

/** The time limit of one call to the cluster service, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000

/** The next step for each status while waiting for an active cluster. */
const NEXT_STEP: Readonly<Record<ClusterStatus, 'done' | 'resume' | 'fail'>> = {
  active: 'done',
  suspended: 'resume',
  failed: 'fail',
}

interface Flight {
  readonly client: ClusterClient
  readonly active: Promise<void>
}

/** Resumes a suspended cluster: one resume and one wait for all the calls that found it suspended. */
export class ClusterResumption {
  readonly #clock: Clock
  readonly #options: Required<ResumeOptions>
  #flight: Flight | undefined

  constructor(clock: Clock, options: Required<ResumeOptions>) {
    this.#clock = clock
    this.#options = options
  }

  /**
   * Waits until the cluster is active, and resumes it when it is suspended. All callers share one wait, bounded by
   * `autoResumeTimeoutMs`; a caller that gives up does not end it.
   * @throws ClusterSuspendedError when the cluster does not become active in time, or has failed
   * @throws CredentialsError when the cluster service refuses the caller
   */
  async ensureActive(client: ClusterClient, events: EventHub<ConnectionEvents>, deadline: Deadline): Promise<void> {
    for (;;) {
      this.#flight ??= this.#launch(client, events)
      const flight = this.#flight
      try {
        return await deadline.race(flight.active)
      } catch (error) {
        // The connection that polled for all callers was closed: another waiting connection takes over.
        const othersClosed = error instanceof ClosedError && flight.client !== client && !deadline.isOver()
        if (othersClosed) continue
        if (error instanceof CallFailure) throw faultError(error, { outcome: 'not-sent' })
        if (!(error instanceof ClusterSuspendedError)) throw error
        // Each waiter gets its own error, because the id of its query is written into it.
        const { message, outcome, retryable } = error
        throw new ClusterSuspendedError(message, { outcome, retryable, cause: error })
      }
    }
  }

  #launch(client: ClusterClient, events: EventHub<ConnectionEvents>): Flight {
    const flight: Flight = { client, active: this.#run(client, events) }
    const done = () => {
      if (this.#flight === flight) this.#flight = undefined
    }
    flight.active.then(done, done)
    return flight
  }

  async #run(client: ClusterClient, events: EventHub<ConnectionEvents>): Promise<void> {
    const timeoutMs = this.#options.autoResumeTimeoutMs
    const startedAt = this.#clock.now()
    const waitedMs = () => this.#clock.now() - startedAt
    let status: ClusterStatus = 'unknown'
    const deadline = Deadline.of(this.#clock, {}, Number.POSITIVE_INFINITY, 'resuming').within(timeoutMs, () => {
      const message = `the cluster did not become active within ${timeoutMs} ms (status: ${status})`
      return new ClusterSuspendedError(message, { outcome: 'not-sent', retryable: true })
    })
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, this.#options.autoResumePollMs)) {
      status = await this.#ask(client, 'status', deadline, status)
      const next = NEXT_STEP[status] ?? 'wait'
      if (next === 'done') {
        events.emit('cluster:active', { waitedMs: waitedMs() })
        return
      }
      if (next === 'fail') throw new ClusterSuspendedError('the cluster has failed and cannot be resumed')
      if (next === 'resume') status = await this.#ask(client, 'resume', deadline, status)
      events.emit('cluster:resuming', { status, waitedMs: waitedMs() })
      await deadline.sleep(Math.min(pollMs, this.#options.autoResumePollMs))
    }
  }

  /** A proxy that is starting may answer anything; only the deadline ends the wait. */
  async #ask(
    client: ClusterClient,
    call: 'status' | 'resume',
    deadline: Deadline,
    last: ClusterStatus,
  ): Promise<ClusterStatus> {
    try {
      return await client.ask(call, deadline.within(CALL_TIMEOUT_MS, `asking the cluster service to ${call}`))
    } catch (error) {
      if (error instanceof CallFailure && error.fault.kind !== 'credentials-refused') return last
      if (error instanceof TimeoutError) return last
      throw error
    }
  }
}
