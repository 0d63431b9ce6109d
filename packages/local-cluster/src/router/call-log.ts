import type { CallRecord, OpenCallRecord } from './call-record.ts'

/** Keeps what the servers saw, the latest calls of it, and tells listeners as calls come and go. */
export class CallLog {
  #records: OpenCallRecord[] = []
  #sequence = 0
  readonly #listeners = new Set<(record: CallRecord) => void>()

  constructor(
    /** Calls kept; the oldest are dropped. */
    private readonly limit: number,
  ) {}

  /** Takes up a call; listeners hear of it with {@link CallLog.changed}, once it is known what it is about. */
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
    // Dropping in blocks keeps a full log from being copied at every call.
    if (this.#records.length > this.limit * 1.25) this.#records = this.#records.slice(-this.limit)
    return open
  }

  /** Tells listeners that a record has changed. */
  changed(record: OpenCallRecord): void {
    for (const listener of this.#listeners) listener(record)
  }

  /** The records themselves, oldest first; calls under way still change them. */
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

  /** Hears of every call twice: when it arrives and when it has ended. */
  onChange(listener: (record: CallRecord) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
