import { directFetch } from 'e6data-connector/wire'
import type { Availability, DeploymentState, EngineState, Strategy } from 'e6data-local-cluster'
import { CommandError } from '../command-error.ts'

/** The state of a cluster from its admin API. */
export interface ClusterState {
  readonly deployment: DeploymentState
  readonly availability: Availability
  readonly engines: Readonly<Record<Strategy, EngineState>>
  readonly host: string
  readonly port: number
  readonly username: string
  readonly catalog: string
  readonly database: string
  readonly clusterName: string
}

/** An active fault. */
export interface FaultState {
  readonly id: number
  readonly fired: number
  readonly holding: number
  readonly fault: Readonly<Record<string, unknown>> & { readonly fault: Readonly<Record<string, unknown>> }
}

/** Calls the admin API of a local cluster. */
export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal,
  ) {}

  state(): Promise<ClusterState> {
    return this.#call('GET', '/api/state')
  }

  /** Runs an action and returns the resulting state. */
  act(path: string, body: object = {}): Promise<ClusterState> {
    return this.#call('POST', path, body)
  }

  async faults(): Promise<readonly FaultState[]> {
    return (await this.#call<{ faults: FaultState[] }>('GET', '/api/faults')).faults
  }

  injectFault(fault: object): Promise<FaultState> {
    return this.#call('POST', '/api/faults', fault)
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/api/faults')
  }

  async removeFault(id: number): Promise<void> {
    await this.#call('DELETE', `/api/faults/${id}`)
  }

  async releaseFault(id: number): Promise<void> {
    await this.#call('POST', `/api/faults/${id}/release`, {})
  }

  /** @throws CommandError with the API's message when it refuses */
  async #call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await this.#fetch(method, path, body)
    const answer = (await response.json()) as Answer & { error?: { message: string } }
    if (response.ok) return answer
    const message = answer.error?.message ?? `the admin API answered ${response.status}`
    throw new CommandError(message, response.status === 409 ? 'local' : 'usage')
  }

  async #fetch(method: string, path: string, body: object | undefined): Promise<Response> {
    const content = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    try {
      return await directFetch(new URL(path, this.url), { method, signal: this.signal, ...content })
    } catch (cause) {
      this.signal.throwIfAborted()
      throw new CommandError(`the admin API at ${this.url} does not answer`, 'local', { cause })
    }
  }
}
