import type { ClusterResumption } from '../cluster/cluster-resumption.ts'
import type { ClusterStrategy } from '../strategy/cluster-strategy.ts'
import type { StrategyDetection } from '../strategy/strategy-detection.ts'
import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { StrategyPrewarming } from '../strategy/strategy-prewarming.ts'
import type { StrategySuspicion } from '../strategy/strategy-suspicion.ts'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import type { RepeatBudget } from './repeat-budget.ts'
import type { RerunBudget } from './rerun-budget.ts'

/** State shared by all connections of a process to one cluster with the same credentials. */
export interface SharedCluster {
  readonly manager: StrategyManager
  /** The manager's interface for programs. */
  readonly strategy: ClusterStrategy
  readonly detection: StrategyDetection
  readonly prewarming: StrategyPrewarming
  readonly suspicion: StrategySuspicion
  readonly resumption: ClusterResumption
  readonly repeatBudget: RepeatBudget
  readonly rerunBudget: RerunBudget
  /** Whether a result of this cluster has had as many rows as its metadata promised. */
  readonly rowCounts: { areExact: boolean }
  /** Releases the shared state; called when it has not been used for a while. */
  close(): void
}

interface Entry<Value> {
  readonly value: Value
  uses: number
  cancelForget: CancelSchedule | undefined
}

/** The handling of a value that is no longer used. */
interface Forgetting<Value> {
  readonly clock: Clock
  readonly afterMs: number
  /** Called when the last user releases it, which may be the end of the process. */
  readonly rest?: (value: Value) => void
  readonly close: (value: Value) => void
}

/** Keeps one value per key while it is in use, and for a while after that. */
export class SharedDirectory<Value> {
  readonly #entries = new Map<string, Entry<Value>>()

  /** Returns the value of a key, created if necessary, with its release function. */
  acquire(key: string, make: () => Value, forget: Forgetting<Value>): { value: Value; release: () => void } {
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = { value: make(), uses: 0, cancelForget: undefined }
      this.#entries.set(key, entry)
    }
    const used = entry
    used.uses += 1
    used.cancelForget?.()
    let held = true
    const release = () => {
      if (!held) return
      held = false
      used.uses -= 1
      if (used.uses > 0) return
      forget.rest?.(used.value)
      used.cancelForget = forget.clock.schedule(
        forget.afterMs,
        () => {
          this.#entries.delete(key)
          forget.close(used.value)
        },
        'background',
      )
    }
    return { value: used.value, release }
  }
}
