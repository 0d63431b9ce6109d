import type { Availability } from '../deployment/admission.ts'
import type { DeploymentState } from '../deployment/deployment-state.ts'
import type { Strategy } from '../deployment/strategy.ts'
import type { Fault } from '../faults/fault.ts'
import type { EngineState } from '../fleet/engine-slot.ts'
import type { CallRecord } from '../router/call-record.ts'

/** The events of a cluster. Times are milliseconds since 1970. */
export interface ClusterEvents {
  /** A call arrived, or ended: see its `outcome`. */
  call: CallRecord
  deployment: { step: string; from: DeploymentState; to: DeploymentState; at: number }
  availability: { from: Availability; to: Availability; at: number }
  engine: { strategy: Strategy; state: EngineState; reason?: string; at: number }
  fault: { id: number; change: 'injected' | 'released' | 'removed'; fault: Fault; fired: number; at: number }
  /** A write succeeded on one engine and failed on the other: their data differ from then on. */
  divergence: { sql: string; message: string; at: number }
}

type Listener = (event: never) => void

/** Emits the events of a cluster. */
export class EventHub {
  readonly #listeners = new Map<keyof ClusterEvents, Set<Listener>>()

  on<Name extends keyof ClusterEvents>(name: Name, listener: (event: ClusterEvents[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener as Listener)
    return () => listeners.delete(listener as Listener)
  }

  emit<Name extends keyof ClusterEvents>(name: Name, event: ClusterEvents[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(event as never)
  }
}
