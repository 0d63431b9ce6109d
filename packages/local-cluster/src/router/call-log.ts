import type { CallRecord, OpenCallRecord } from './call-record.ts'

/** Records the latest calls, and notifies listeners when calls arrive and end. */
export class CallLog {
  #records: OpenCallRecord[] = []
  #sequence = 0
  readonly #listeners = new Set<(record: CallRecord) => void>()

  constructor(
    /** Number of calls to keep; the oldest are dropped. */
    private readonly limit: number,
  ) {}

  /** Adds a call. Listeners are notified by {@link CallLog.changed}, once the call's facts are known. */
  begin(record: Omit<OpenCallRecord, 'sequence' | 'at' | 'responseBytes' | 'outcome' | 'faults'>): OpenCallRecord {
    this.#sequence += 1
    const open: OpenCallRecord = {
      sequence: this.#sequence,
      at: Date.now(),
      responseBytes: 0,
      outcome: 'under way',
      faults: [],
      ...record,
    }
    this.#records.push(open)
    // Dropping in blocks avoids copying a full log at every call.
    if (this.#records.length > this.limit * 1.25) this.#records = this.#records.slice(-this.limit)
    return open
  }

  /** Notifies listeners that a record has changed. */
  changed(record: OpenCallRecord): void {
    for (const listener of this.#listeners) listener(record)
  }

  /** The records, oldest first; running calls still change them. */
  get live(): readonly CallRecord[] {
    return this.#records
  }

  /** Copies of the records, oldest first. */
  list(): CallRecord[] {
    return this.#records.slice(-this.limit).map((record) => ({ ...record, faults: [...record.faults] }))
  }

  clear(): void {
    this.#records = []
  }

  /** Called twice for each call: when it arrives and when it ends. */
  onChange(listener: (record: CallRecord) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
